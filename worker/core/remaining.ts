import type { Progress } from './read-progress.ts'

/** Decoding, encoding and uploading after the last step, milliseconds, on a warm box. */
const tailMs = 2_000

/**
 * Milliseconds until a running job is likely done, from its own pace; Infinity while it has none: the clock of
 * `samplingMs`, the time spent sampling so far, starts with the first step, so a pace takes two.
 */
export function remainingMs(progress: Progress, samplingMs: number): number {
  if (progress.stage === 'decoding' || progress.stage === 'saving') return tailMs
  if (progress.stage !== 'sampling' || progress.step < 2) return Number.POSITIVE_INFINITY
  return (samplingMs / (progress.step - 1)) * (progress.steps - progress.step) + tailMs
}
