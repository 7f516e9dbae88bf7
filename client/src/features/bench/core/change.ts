import type { Slot } from './slots.ts'

type Change<T> = { before: Partial<T>; after: Partial<T>; merge: string | null }

function isSlots(value: unknown): value is readonly Slot[] {
  return Array.isArray(value)
}

function keysIn(slots: readonly Slot[]): string {
  return slots.map(({ role, image }) => `${role} ${image.key}`).join()
}

/** The name under which quick changes of one thing are one step; null where each is its own. */
function mergeName(names: readonly string[], before: unknown, after: unknown): string | null {
  const [name] = names
  if (names.length !== 1 || name === undefined) return null
  if (!isSlots(before) || !isSlots(after)) return name
  // The same images in the same places: only a strength was dragged.
  return keysIn(before) === keysIn(after) ? 'weights' : null
}

/** What a patch really changes, as a step back and forth; null when nothing. `last` follows a press and is no setting. */
export function changeOf<T extends object>(held: T, patch: Partial<T>): Change<T> | null {
  const names = (Object.keys(patch) as (keyof T & string)[]).filter(
    (name) => name !== 'last' && !Object.is(held[name], patch[name]),
  )
  const [first] = names
  if (first === undefined) return null
  const before: Partial<T> = {}
  const after: Partial<T> = {}
  for (const name of names) {
    before[name] = held[name]
    after[name] = patch[name]
  }
  return { before, after, merge: mergeName(names, held[first], patch[first]) }
}
