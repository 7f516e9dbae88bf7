/** Numbers in [0, 1). */
export type Random = () => number

/** mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Whole number in [0, below). */
export function pick(random: Random, below: number): number {
  return Math.floor(random() * below)
}

/** One of the list, undefined when it is empty. */
export function oneOf<T>(random: Random, list: readonly T[]): T | undefined {
  return list[pick(random, list.length)]
}

/** A UUID (v4) from the seed. */
export function uuidOf(random: Random): string {
  const hex = Array.from({ length: 32 }, () => pick(random, 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
