const worthTelling = 5 * 60_000

/**
 * How far `now` (ms) is ahead of the clock that made a token which has just arrived; 0 when that is less than five
 * minutes. `expires_at` and `expires_in` in seconds.
 */
export function skewOf(session: { expires_at?: number | undefined; expires_in: number }, now: number): number {
  if (session.expires_at === undefined) return 0
  const skew = now - (session.expires_at - session.expires_in) * 1_000
  return Math.abs(skew) > worthTelling ? skew : 0
}
