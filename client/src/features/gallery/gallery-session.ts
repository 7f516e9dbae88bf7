import { galleryLimits } from '#shared/gallery/rules.ts'
import { createStore } from '#client/lib/store.ts'
import type { Store } from '#client/lib/store.ts'
import { createCardShelf } from './card-shelf.ts'
import type { CardShelf } from './card-shelf.ts'
import { searchKey, toFilter } from './core/filters.ts'
import type { GallerySearch } from './core/filters.ts'
import type { Taken } from './core/items.ts'
import { createGalleryIndex } from './gallery-index.ts'
import type { GalleryIndex } from './gallery-index.ts'
import { serverGallery } from './gallery-io.ts'
import type { GalleryIo } from './gallery-io.ts'

/** A deletion that can be taken back with one press. */
export type Undoable = { key: number; ids: readonly string[] }
/** Why something that looked done is not. */
export type GalleryProblem = 'favourite' | 'remove' | 'restore'

/** Everything of one account's gallery that outlives a page: going into an image and back costs nothing. */
export type GallerySession = {
  userId: string
  shelf: CardShelf
  undoable: Store<Undoable | null>
  open: (search: GallerySearch) => GalleryIndex
  /** The held index of that address, if there is one. */
  held: (search: GallerySearch) => GalleryIndex | undefined
  refresh: () => void
  favourite: (ids: readonly string[], favourite: boolean) => Promise<void>
  remove: (ids: readonly string[]) => Promise<void>
  undo: () => Promise<void>
  stop: () => void
}

type Options = {
  userId: string
  io?: GalleryIo
  onProblem: (problem: GalleryProblem) => void
  /** Told as soon as they are out of sight: the moment to offer `undo`. */
  onRemoved?: (ids: readonly string[]) => void
}

/** Addresses whose images are kept at hand. */
const kept = 4

function chunks(ids: readonly string[]): string[][] {
  const size = galleryLimits.marks
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, at) => ids.slice(at * size, (at + 1) * size))
}

/** Makes the gallery of one account; what people do shows at once and is taken back when the server says no. */
export function createGallerySession({ userId, io = serverGallery, onProblem, onRemoved }: Options): GallerySession {
  const shelf = createCardShelf(io)
  const indexes = new Map<string, GalleryIndex>()
  const undoable = createStore<Undoable | null>(null)
  let last: { key: number; taken: Map<GalleryIndex, Taken>; sent: Promise<boolean> } | null = null
  let keys = 0
  let marking: Promise<unknown> = Promise.resolve()

  function mark(ids: readonly string[], favourite: boolean): void {
    shelf.patch(ids, { favourite })
    for (const index of indexes.values()) index.patch(new Set(ids), { favourite })
  }

  function putBack(taken: Map<GalleryIndex, Taken>): void {
    for (const [index, items] of taken) index.putBack(items)
  }

  async function send(work: (ids: string[]) => Promise<unknown>, ids: readonly string[]): Promise<boolean> {
    try {
      for (const chunk of chunks(ids)) await work(chunk)
      return true
    } catch {
      return false
    }
  }

  return {
    userId,
    shelf,
    undoable,
    open(search) {
      const key = searchKey(search)
      const index = indexes.get(key) ?? createGalleryIndex(io, shelf, toFilter(search, Date.now()))
      // Last used last, so that the oldest is the one that goes.
      indexes.delete(key)
      indexes.set(key, index)
      for (const [old, one] of [...indexes].slice(0, -kept)) {
        one.stop()
        indexes.delete(old)
      }
      index.load()
      return index
    },
    held: (search) => indexes.get(searchKey(search)),
    refresh() {
      for (const index of indexes.values()) void index.refresh()
    },
    async favourite(ids, favourite) {
      const before = new Set(ids.filter((id) => shelf.get(id)?.favourite === favourite))
      mark(ids, favourite)
      // One after the other: a quick second thought must not be overtaken by the first.
      const sent = marking.then(() => send((chunk) => io.favourite(chunk, favourite), ids))
      marking = sent
      if (await sent) return
      mark(
        ids.filter((id) => !before.has(id)),
        !favourite,
      )
      onProblem('favourite')
    },
    async remove(ids) {
      const gone = new Set(ids)
      const taken = new Map([...indexes.values()].map((index) => [index, index.take(gone)]))
      shelf.patch(ids, { deleted: true })
      keys += 1
      const mine = { key: keys, taken, sent: send(io.remove, ids) }
      last = mine
      undoable.set({ key: mine.key, ids })
      onRemoved?.(ids)
      if (await mine.sent) return
      putBack(taken)
      shelf.patch(ids, { deleted: false })
      if (undoable.get()?.key === mine.key) undoable.set(null)
      onProblem('remove')
    },
    async undo() {
      const what = undoable.get()
      const mine = last
      if (!what || !mine || what.key !== mine.key) return
      undoable.set(null)
      putBack(mine.taken)
      shelf.patch(what.ids, { deleted: false })
      if (!(await mine.sent) || (await send(io.restore, what.ids))) return
      for (const index of indexes.values()) index.take(new Set(what.ids))
      shelf.patch(what.ids, { deleted: true })
      onProblem('restore')
    },
    stop() {
      shelf.stop()
      for (const index of indexes.values()) index.stop()
    },
  }
}
