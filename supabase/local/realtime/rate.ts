/** A token bucket: `take` answers whether one more is allowed at `now` (milliseconds). */
export function createRate(perSecond: number, burst: number): { take: (now: number) => boolean } {
  let tokens = burst
  let last: number | null = null
  return {
    take(now) {
      if (last !== null) tokens = Math.min(burst, tokens + (Math.max(0, now - last) / 1000) * perSecond)
      last = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
