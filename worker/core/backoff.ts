export type Backoff = { baseMs: number; capMs: number }

/**
 * Milliseconds to wait before try number `attempt` (0 = the first repeat): doubles up to the cap, and half of it is
 * random so that many boxes do not come back in step. `random` is in [0, 1).
 */
export function backoffMs(attempt: number, { baseMs, capMs }: Backoff, random: number): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30))
  return ceiling / 2 + (ceiling / 2) * random
}
