import type { GalleryItem } from '#shared/gallery/schema.ts'

/** What a cell knows before it is in sight. */
export type Item = {
  id: string
  width: number
  height: number
  colour: string | null
  favourite: boolean
  failed: boolean
}

export function toItem([id, width, height, colour, favourite, failed]: GalleryItem): Item {
  return { id, width, height, colour, favourite, failed }
}

/** Adds a further page at the end; what is held already stays where it is. */
export function append(items: readonly Item[], page: readonly Item[]): Item[] {
  const held = new Set(items.map(({ id }) => id))
  return [...items, ...page.filter(({ id }) => !held.has(id))]
}

/** What the newest page holds that nobody has seen yet, in its order. `gone` are those that were just removed. */
export function freshOf(items: readonly Item[], newest: readonly Item[], gone: ReadonlySet<string>): Item[] {
  const held = new Set(items.map(({ id }) => id))
  const known = newest.findIndex(({ id }) => held.has(id))
  // Without a known one in between there is a gap, and only a new start is right.
  const above = known < 0 ? newest : newest.slice(0, known)
  return above.filter(({ id }) => !gone.has(id))
}

/** Whether what is held begins as the newest page says, marks included. */
export function beginsWith(items: readonly Item[], newest: readonly Item[]): boolean {
  return newest.every(({ id, favourite }, place) => items[place]?.id === id && items[place].favourite === favourite)
}

/** Items that were taken out, each with the id of the one it lay before (null: at the end). */
export type Taken = readonly { item: Item; before: string | null }[]

/** Takes items out and remembers where they lay. */
export function takeOut(items: readonly Item[], ids: ReadonlySet<string>): { left: Item[]; taken: Taken } {
  const left: Item[] = []
  const taken: { item: Item; before: string | null }[] = []
  let before: string | null = null
  for (const item of items.toReversed()) {
    if (ids.has(item.id)) {
      taken.push({ item, before })
    } else {
      left.push(item)
      before = item.id
    }
  }
  return { left: left.toReversed(), taken: taken.toReversed() }
}

/** Puts them back where they lay; beside a neighbour that is gone meanwhile they come first. */
export function putBack(items: readonly Item[], taken: Taken): Item[] {
  const held = new Set(items.map(({ id }) => id))
  const missing = taken.filter(({ item }) => !held.has(item.id))
  const byPlace = Map.groupBy(missing, ({ before }) => (before === null || held.has(before) ? before : ''))
  const at = (place: string | null) => (byPlace.get(place) ?? []).map(({ item }) => item)
  return [...at(''), ...items.flatMap((item) => [...at(item.id), item]), ...at(null)]
}
