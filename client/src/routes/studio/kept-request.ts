import type { BenchImage, Slot } from '#client/features/bench/core/slots.ts'
import { pressLifetime } from '#client/features/generate/core/request.ts'
import type { KeptPress, KeptRequest } from '#client/features/generate/kept-press.ts'
import type { PressRequest } from './press.ts'

/** A press as it is written down: its images by their keys. */
export function written({ pictures, ...request }: PressRequest): KeptRequest {
  if (pictures.kind === 'assets') return { ...request, pictures }
  const slots = pictures.slots.map(({ role, weight, image }) => ({ role, weight, key: image.key }))
  return { ...request, pictures: { ...pictures, slots } }
}

/** A written press with its images again; null when one of them did not survive. */
export function withImages(
  { pictures, ...request }: KeptRequest,
  images: ReadonlyMap<string, BenchImage>,
): PressRequest | null {
  if (pictures.kind === 'assets') return { ...request, pictures }
  const slots = pictures.slots.flatMap(({ role, weight, key }): Slot[] => {
    const image = images.get(key)
    return image ? [{ role, weight, image }] : []
  })
  return slots.length === pictures.slots.length ? { ...request, pictures: { ...pictures, slots } } : null
}

/** Whether a press of the page before may go on: not too old, and by whoever pressed it (null: a visitor). */
export function mayGoOn({ at, owner }: Pick<KeptPress, 'at' | 'owner'>, userId: string | null, now: number): boolean {
  return now - at < pressLifetime && (owner === null || owner === userId)
}
