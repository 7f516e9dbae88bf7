import type { Variant } from '#shared/workflows/manifest.ts'

/** Area below which no model of ours draws anything worth looking at: 512 × 512 pixels. */
const smallestPixels = 512 * 512

/** One way to make a job's picture: the first that fits into the card's memory is taken. */
export type MemoryPlan = {
  /** Area of the work image, pixels. */
  pixels: number
  /** Everything is unloaded before it. */
  freed: boolean
  /** Smaller than the request asks: the picture says so. */
  smaller: boolean
}

/** Area that the request allows: the variant's own unless `params.maxPixels` is below it. Repaints keep theirs. */
export function wantedPixels(variant: Variant, params: Readonly<Record<string, unknown>>): number {
  const limit = params['maxPixels']
  if (variant.repaints || typeof limit !== 'number' || !Number.isFinite(limit)) return variant.pixels
  return Math.min(variant.pixels, Math.max(1, Math.round(limit)))
}

/**
 * What is tried when memory runs out, in this order: the job as it is, the same with nothing else in memory, then half
 * the area each time down to the floor. A repaint cannot shrink: its work image is what people see beside it.
 */
export function memoryPlans(variant: Variant, params: Readonly<Record<string, unknown>>): readonly MemoryPlan[] {
  const pixels = wantedPixels(variant, params)
  const plans: MemoryPlan[] = [
    { pixels, freed: false, smaller: false },
    { pixels, freed: true, smaller: false },
  ]
  for (let less = pixels / 2; less >= smallestPixels && !variant.repaints; less /= 2) {
    plans.push({ pixels: Math.round(less), freed: true, smaller: true })
  }
  return plans
}
