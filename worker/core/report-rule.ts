import type { Progress } from './read-progress.ts'

export const reportTimes = {
  /** The row moves at most once a second while steps come. */
  stepMs: 1_000,
  /** A lease is 30 s: three beats may be lost before it ends. */
  beatMs: 9_000,
} as const

/** Milliseconds until `next` is to be written: 0 = now. `last` is what was written and when. */
export function reportDelay(
  last: { progress: Progress; at: number } | null,
  next: Progress,
  now: number,
  times: { stepMs: number; beatMs: number } = reportTimes,
): number {
  if (last === null || last.progress.stage !== next.stage) return 0
  const changed = last.progress.step !== next.step || last.progress.progress !== next.progress
  return Math.max(0, last.at + (changed ? times.stepMs : times.beatMs) - now)
}
