import { imageLimits } from '#shared/assets/rules.ts'
import { maxAspect } from '#shared/workflows/size.ts'

export type Size = { width: number; height: number }

/** Largest size of the same shape whose long edge is at most `longEdge` px. Never enlarges; never below 1 px. */
export function fitWithin(size: Size, longEdge: number = imageLimits.longEdge): Size {
  const scale = Math.min(1, longEdge / Math.max(size.width, size.height))
  if (scale === 1) return { ...size }
  return { width: Math.max(1, Math.round(size.width * scale)), height: Math.max(1, Math.round(size.height * scale)) }
}

/**
 * Sizes to draw through on the way from `from` down to `to`. Halving keeps detail that one long jump of bilinear
 * sampling would skip. Ends with `to`.
 */
export function halvingSteps(from: Size, to: Size): Size[] {
  const steps: Size[] = []
  let { width, height } = from
  while (width / 2 >= to.width && height / 2 >= to.height && width / 2 > to.width) {
    width = Math.round(width / 2)
    height = Math.round(height / 2)
    steps.push({ width, height })
  }
  return [...steps, to]
}

/** Why no mode can work with an image of that size, as the server will see it; null when one can. */
export function unusableSize(from: Size): 'too-small' | 'too-narrow' | null {
  const sent = fitWithin(from)
  if (Math.max(sent.width, sent.height) > Math.min(sent.width, sent.height) * maxAspect) return 'too-narrow'
  return Math.min(from.width, from.height) < imageLimits.shortEdge ? 'too-small' : null
}
