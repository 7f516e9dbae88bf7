import { galleryLimits } from '#shared/gallery/rules.ts'
import type { GalleryFilter, GalleryPage } from '#shared/gallery/schema.ts'
import { createStore } from '#client/lib/store.ts'
import type { Store } from '#client/lib/store.ts'
import { append, beginsWith, freshOf, putBack, takeOut, toItem } from './core/items.ts'
import type { Item, Taken } from './core/items.ts'
import type { CardShelf } from './card-shelf.ts'
import type { GalleryIo } from './gallery-io.ts'

/** Enough for the first screens, so that they are there at once; the rest follows in great pages. */
const firstPage = 240
/** After a failure the next try waits. Milliseconds. */
const againMs = 5_000

export type IndexState = {
  /** `failed` only while nothing can be shown. */
  status: 'loading' | 'ready' | 'failed'
  items: readonly Item[]
  /** How many of them came after the rest was there; they have rows of their own, so that nothing below moves. */
  fresh: number
  /** Whether every matching item is held. */
  complete: boolean
  /** Items that match, and all that are kept. */
  matching: number
  total: number
}

export type GalleryIndex = {
  state: Store<IndexState>
  /** Loads what is missing; harmless when nothing is. */
  load: () => void
  /** Looks for new images on top, and for what was removed, brought back or marked elsewhere. */
  refresh: () => Promise<void>
  /** Reads everything anew; what is shown stays until all of it is there. */
  renew: () => Promise<void>
  patch: (ids: ReadonlySet<string>, change: Partial<Item>) => void
  take: (ids: ReadonlySet<string>) => Taken
  putBack: (taken: Taken) => void
  /** The server knows of a removal: from now on its answers are right about these. */
  settle: (ids: readonly string[]) => void
  stop: () => void
}

const nothing: IndexState = { status: 'loading', items: [], fresh: 0, complete: false, matching: 0, total: 0 }

/** Every image that matches a filter, as little of each as a wall needs to be laid out whole. */
export function createGalleryIndex(io: GalleryIo, shelf: CardShelf, filter: GalleryFilter): GalleryIndex {
  const state = createStore(nothing)
  const removed = new Set<string>()
  let stopping = new AbortController()
  let cursor: string | null = null
  let loading = false
  /** The last reading of everything, and whether one more waits for it. */
  let renewing: Promise<void> = Promise.resolve()
  let waiting = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const set = (change: Partial<IndexState>) => state.set({ ...state.get(), ...change })

  async function loadPage(): Promise<void> {
    const first = state.get().status !== 'ready'
    const limit = first ? firstPage : galleryLimits.page
    const page = await io.page(filter, first ? null : cursor, limit, stopping.signal)
    shelf.put(page.cards)
    cursor = page.nextCursor
    const held = first ? [] : state.get().items
    const items = append(
      held,
      page.items.map(toItem).filter(({ id }) => !removed.has(id)),
    )
    const complete = cursor === null
    const counts = first ? { matching: page.left, total: page.total ?? page.left } : {}
    set({ status: 'ready', items, complete, ...counts })
  }

  async function loadAll(): Promise<void> {
    if (loading || state.get().complete) return
    loading = true
    const { signal } = stopping
    try {
      while (!state.get().complete) await loadPage()
    } catch {
      if (!signal.aborted) {
        if (state.get().status === 'loading') set({ status: 'failed' })
        clearTimeout(timer)
        timer = setTimeout(() => void loadAll(), againMs)
      }
    }
    loading = false
  }

  const kept = (items: readonly Item[]) => items.filter(({ id }) => !removed.has(id))

  async function readAll(signal: AbortSignal): Promise<void> {
    let next: string | null = null
    let found: Item[] = []
    let total = 0
    do {
      const page: GalleryPage = await io.page(filter, next, galleryLimits.page, signal)
      shelf.put(page.cards)
      found = append(found, page.items.map(toItem))
      total = page.total ?? total
      next = page.nextCursor
    } while (next !== null)
    const items = kept(found)
    const gone = found.length - items.length
    set({ status: 'ready', items, fresh: 0, complete: true, matching: items.length, total: total - gone })
  }

  function renewAll(): Promise<void> {
    if (loading || state.get().status !== 'ready') return loadAll()
    if (waiting) return renewing
    waiting = true
    // After the one under way, which may be older than what is known by now. What is shown stays when it fails.
    renewing = renewing.then(() => {
      waiting = false
      return readAll(stopping.signal).catch(() => undefined)
    })
    return renewing
  }

  return {
    state,
    renew: renewAll,
    load() {
      if (stopping.signal.aborted) stopping = new AbortController()
      clearTimeout(timer)
      void loadAll()
    },
    async refresh() {
      const { status, items, fresh, matching, total, complete } = state.get()
      if (status !== 'ready') return void loadAll()
      const page = await io.page(filter, null, galleryLimits.cards, stopping.signal).catch(() => null)
      if (!page || state.get().items !== items) return
      const newest = page.items.map(toItem)
      const found = freshOf(items, newest, removed)
      const held = [...found, ...items]
      const here = kept(newest)
      const agrees = beginsWith(held, here) && held.length === page.left - (newest.length - here.length)
      if (complete && !agrees) return renewAll()
      if (found.length === 0) return
      shelf.put(page.cards)
      const more = { matching: matching + found.length, total: total + found.length }
      set({ items: held, fresh: fresh + found.length, ...more })
    },
    patch(ids, change) {
      set({ items: state.get().items.map((item) => (ids.has(item.id) ? { ...item, ...change } : item)) })
    },
    take(ids) {
      const { items, fresh, matching, total } = state.get()
      const { left, taken } = takeOut(items, ids)
      for (const id of ids) removed.add(id)
      const ofFresh = items.slice(0, fresh).filter(({ id }) => ids.has(id)).length
      const less = { matching: matching - taken.length, total: total - taken.length }
      set({ items: left, fresh: fresh - ofFresh, ...less })
      return taken
    },
    putBack(taken) {
      const { items, matching, total } = state.get()
      for (const { item } of taken) removed.delete(item.id)
      const back = putBack(items, taken)
      const more = back.length - items.length
      set({ items: back, matching: matching + more, total: total + more })
    },
    settle(ids) {
      void renewing.then(() => ids.forEach((id) => removed.delete(id)))
    },
    stop() {
      clearTimeout(timer)
      stopping.abort()
    },
  }
}
