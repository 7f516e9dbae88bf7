import type { Manifest } from './manifest.ts'

/** Credits for one press. */
export function priceOf(value: Pick<Manifest, 'price'>, count: number): number {
  return value.price * count
}
