import { galleryLimits } from '#shared/gallery/rules.ts'
import type { GalleryCard } from '#shared/gallery/schema.ts'
import { createStore } from '#client/lib/store.ts'
import type { Store } from '#client/lib/store.ts'
import type { GalleryIo } from './gallery-io.ts'

/** While the wall flies past nothing is asked for. Milliseconds. */
const restMs = 60
/**
 * A link that the server hands out lives half an hour or more; it is renewed after this long. Counted from its arrival,
 * because the clock of a device may be off by days. Milliseconds.
 */
const freshMs = 25 * 60_000
/** A picture that could not be loaded is asked for again after this long at the earliest. Milliseconds. */
const renewMs = 5 * 60_000
/** After a failure the next try waits. Milliseconds. */
const againMs = 4_000

export type CardShelf = {
  /** Counts up with every change; the cards themselves are read by id. */
  changes: Store<number>
  get: (id: string) => GalleryCard | undefined
  put: (cards: readonly GalleryCard[]) => void
  /** Changes what is held of those ids at once. */
  patch: (ids: readonly string[], change: Partial<GalleryCard>) => void
  /** What is in sight now: missing and ageing cards are fetched, and what is no longer wanted is let go. */
  want: (ids: readonly string[]) => void
  /** Fetches again: its picture could not be loaded. */
  renew: (id: string) => void
  stop: () => void
}

/** Words and links of cells, fetched for what is in sight alone. `now` in ms since 1970. */
export function createCardShelf(io: Pick<GalleryIo, 'cards'>, now: () => number = Date.now): CardShelf {
  const cards = new Map<string, GalleryCard>()
  const changes = createStore(0)
  let wanted: readonly string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let flight: { ids: ReadonlySet<string>; stop: AbortController } | null = null
  const arrived = new Map<string, number>()
  const renewed = new Map<string, number>()

  function isGood(id: string): boolean {
    const card = cards.get(id)
    return card !== undefined && (card.thumb === null || now() - (arrived.get(id) ?? 0) < freshMs)
  }

  function hold(some: readonly GalleryCard[]): void {
    for (const card of some) cards.set(card.id, card)
    if (some.length > 0) changes.set(changes.get() + 1)
  }

  function put(some: readonly GalleryCard[]): void {
    for (const { id } of some) arrived.set(id, now())
    hold(some)
  }

  async function fetchNext(): Promise<void> {
    const missing = wanted.filter((id) => !isGood(id)).slice(0, galleryLimits.cards)
    if (flight || missing.length === 0) return
    const stop = new AbortController()
    flight = { ids: new Set(missing), stop }
    let wait = 0
    try {
      put(await io.cards(missing, stop.signal))
      // What the server does not know any more is not asked for again and again.
      const gone = new Set(missing.filter((id) => !isGood(id)))
      wanted = wanted.filter((id) => !gone.has(id))
    } catch {
      wait = stop.signal.aborted ? 0 : againMs
    }
    flight = null
    schedule(wait)
  }

  function schedule(wait: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void fetchNext(), wait)
  }

  return {
    changes,
    get: (id) => cards.get(id),
    put,
    patch(ids, change) {
      hold(ids.flatMap((id) => cards.get(id) ?? []).map((card) => ({ ...card, ...change })))
    },
    want(ids) {
      wanted = ids
      if (flight && ids.every((id) => !flight?.ids.has(id))) flight.stop.abort()
      if (ids.some((id) => !isGood(id))) schedule(restMs)
    },
    renew(id) {
      // Seldom: a picture that is gone from storage does not come back by asking.
      if (now() - (renewed.get(id) ?? -Infinity) < renewMs) return
      renewed.set(id, now())
      cards.delete(id)
      if (!wanted.includes(id)) wanted = [...wanted, id]
      schedule(restMs)
    },
    stop() {
      clearTimeout(timer)
      flight?.stop.abort()
    },
  }
}
