import type { Progress } from './read-progress.ts'
import type { StageMs } from './stage-clock.ts'

/** Decoding, encoding and uploading after the last step, milliseconds, on a warm box. */
const tailMs = 1_200

/**
 * Milliseconds until a running job is likely done, from its own pace; before it has one, from `expectedMs`, what the last
 * of its kind took on the card. Infinity while neither is known, or while it takes longer than that: the clock of the
 * time spent sampling starts with the first step, and one gap alone is no pace.
 */
export function remainingMs(progress: Progress, spent: StageMs, expectedMs?: number): number {
  const { stage, step, steps } = progress
  if (stage === 'decoding' || stage === 'saving') return tailMs
  if (stage === 'sampling' && step >= 3) return ((spent.sampling ?? 0) / (step - 1)) * (steps - step) + tailMs
  if (expectedMs === undefined) return Number.POSITIVE_INFINITY
  const left = expectedMs - (spent.loading ?? 0) - (spent.sampling ?? 0)
  return left < 0 ? Number.POSITIVE_INFINITY : left + tailMs
}
