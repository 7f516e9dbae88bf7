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
import type { GalleryNews } from './gallery-news.ts'

/** A deletion that can be taken back with one press. */
export type Undoable = { key: number; ids: readonly string[] }
/** Why something that looked done is not. */
export type GalleryProblem = 'favourite' | 'remove' | 'restore'

/** Everything of one account's gallery that outlives a page: going into an image and back costs nothing. */
export type GallerySession = {
  userId: string
  /** Cards of the wall at that address. */
  shelfOf: (search: GallerySearch) => CardShelf
  undoable: Store<Undoable | null>
  open: (search: GallerySearch) => GalleryIndex
  refresh: () => void
  favourite: (ids: readonly string[], favourite: boolean) => Promise<void>
  remove: (ids: readonly string[]) => Promise<void>
  undo: () => Promise<void>
  /** Brings deleted images back; true when all of them are. */
  restore: (ids: readonly string[]) => Promise<boolean>
  /** What another tab did. */
  hear: (news: GalleryNews) => void
  stop: () => void
}

type Options = {
  userId: string
  io?: GalleryIo
  onProblem: (problem: GalleryProblem) => void
  /** Told as soon as they are out of sight: the moment to offer `undo`. */
  onRemoved?: (ids: readonly string[]) => void
  /** Told what other tabs have to know, once the server does. */
  onChanged?: (news: GalleryNews) => void
}

/** Addresses whose images are kept at hand. */
const kept = 4

function chunks(ids: readonly string[]): string[][] {
  const size = galleryLimits.marks
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, at) => ids.slice(at * size, (at + 1) * size))
}

/** Makes the gallery of one account; what people do shows at once and is taken back when the server says no. */
export function createGallerySession(options: Options): GallerySession {
  const { userId, io = serverGallery, onProblem, onRemoved, onChanged } = options
  const shelf = createCardShelf(io)
  const trashShelf = createCardShelf({ cards: (ids, signal) => io.cards(ids, signal, true) })
  const shelfOf = (search: GallerySearch) => (search.deleted ? trashShelf : shelf)
  const indexes = new Map<string, { index: GalleryIndex; deleted: boolean }>()
  const undoable = createStore<Undoable | null>(null)
  let last: { key: number; taken: Map<GalleryIndex, Taken>; sent: Promise<boolean> } | null = null
  let keys = 0
  let marking: Promise<unknown> = Promise.resolve()

  /** Walls of what is kept, or of what was deleted. */
  const walls = (deleted: boolean) =>
    [...indexes.values()].filter((one) => one.deleted === deleted).map((one) => one.index)
  const renew = (deleted: boolean) => walls(deleted).forEach((index) => void index.renew())
  const take = (ids: readonly string[], deleted: boolean) =>
    new Map(walls(deleted).map((index) => [index, index.take(new Set(ids))]))
  const settle = (ids: readonly string[], deleted: boolean) => walls(deleted).forEach((index) => index.settle(ids))

  function mark(ids: readonly string[], favourite: boolean): void {
    shelf.patch(ids, { favourite })
    for (const { index } of indexes.values()) index.patch(new Set(ids), { favourite })
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

  /**
   * The server has it: the other wall reads it, and other tabs are told. A wall that was opened meanwhile may have been
   * answered from before it, so it reads anew unless `taken` says that it knows.
   */
  function moved(ids: readonly string[], kind: 'removed' | 'restored', taken: ReadonlyMap<GalleryIndex, Taken>): void {
    const deleted = kind === 'removed'
    settle(ids, !deleted)
    renew(deleted)
    for (const index of walls(!deleted)) if (!taken.has(index)) void index.renew()
    onChanged?.({ kind, ids })
  }

  async function favourite(ids: readonly string[], on: boolean): Promise<void> {
    const before = new Set(ids.filter((id) => shelf.get(id)?.favourite === on))
    mark(ids, on)
    // One after the other: a quick second thought must not be overtaken by the first.
    const sent = marking.then(() => send((chunk) => io.favourite(chunk, on), ids))
    marking = sent
    if (await sent) return onChanged?.({ kind: 'marked', ids, favourite: on })
    mark(
      ids.filter((id) => !before.has(id)),
      !on,
    )
    onProblem('favourite')
  }

  async function remove(ids: readonly string[]): Promise<void> {
    const taken = take(ids, false)
    shelf.patch(ids, { deleted: true })
    keys += 1
    const mine = { key: keys, taken, sent: send(io.remove, ids) }
    last = mine
    undoable.set({ key: mine.key, ids })
    onRemoved?.(ids)
    if (await mine.sent) return moved(ids, 'removed', taken)
    putBack(taken)
    shelf.patch(ids, { deleted: false })
    if (undoable.get()?.key === mine.key) undoable.set(null)
    onProblem('remove')
  }

  async function undo(): Promise<void> {
    const what = undoable.get()
    const mine = last
    if (!what || !mine || what.key !== mine.key) return
    undoable.set(null)
    putBack(mine.taken)
    shelf.patch(what.ids, { deleted: false })
    if (!(await mine.sent)) return
    if (await send(io.restore, what.ids)) return moved(what.ids, 'restored', mine.taken)
    take(what.ids, false)
    shelf.patch(what.ids, { deleted: true })
    onProblem('restore')
  }

  async function restore(ids: readonly string[]): Promise<boolean> {
    const taken = take(ids, true)
    if (await send(io.restore, ids)) {
      shelf.patch(ids, { deleted: false })
      settle(ids, false)
      moved(ids, 'restored', taken)
      return true
    }
    putBack(taken)
    onProblem('restore')
    return false
  }

  return {
    userId,
    shelfOf,
    undoable,
    open(search) {
      const key = searchKey(search)
      const deleted = search.deleted === true
      const index = indexes.get(key)?.index ?? createGalleryIndex(io, shelfOf(search), toFilter(search, Date.now()))
      // Last used last, so that the oldest is the one that goes.
      indexes.delete(key)
      indexes.set(key, { index, deleted })
      for (const [old, one] of [...indexes].slice(0, -kept)) {
        one.index.stop()
        indexes.delete(old)
      }
      index.load()
      return index
    },
    refresh() {
      // Never an answer from before a mark that is still under way.
      void marking.then(() => indexes.forEach(({ index }) => void index.refresh()))
    },
    favourite,
    remove,
    undo,
    restore,
    hear(news) {
      if (news.kind === 'marked') return mark(news.ids, news.favourite)
      const removed = news.kind === 'removed'
      shelf.patch(news.ids, { deleted: removed })
      take(news.ids, !removed)
      settle(news.ids, !removed)
      renew(removed)
    },
    stop() {
      shelf.stop()
      trashShelf.stop()
      for (const { index } of indexes.values()) index.stop()
    },
  }
}
