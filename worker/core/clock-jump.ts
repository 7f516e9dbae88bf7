/** Both clocks at one moment, milliseconds: the wall's, and one that only goes forward and stands still in a snapshot. */
export type Clocks = { wall: number; monotonic: number }

/** How far the two may drift apart between two looks: clocks are slewed, not set, by less than that. */
const driftMs = 5_000
/** A look that comes so late was not held up by work: the process stood still. */
const lateMs = 15_000

/**
 * Whether something happened to time between two looks `everyMs` apart: the wall clock was set, the machine was restored
 * from a snapshot, or the process was stopped and went on. Leases may be over and sockets dead without a word.
 */
export function hasJumped(before: Clocks, now: Clocks, everyMs: number): boolean {
  const passed = now.monotonic - before.monotonic
  return Math.abs(now.wall - before.wall - passed) > driftMs || passed - everyMs > lateMs
}
