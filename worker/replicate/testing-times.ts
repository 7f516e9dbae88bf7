import type { ReplicateTimes } from './parts.ts'

/** Short enough for tests. */
export const quickTimes: Partial<ReplicateTimes> = {
  pollMs: 20,
  graceMs: 100,
  lookMs: 20,
  throttleMs: 2_000,
  endMs: 2_000,
  bookMs: 5_000,
}
