/** Forget idle addresses beyond this many, so that a scan cannot fill the memory. */
const maxBuckets = 10_000

/** Allows `perHour` events per key and hour, all of them at once if unused (a token bucket). Times in ms. */
export function createRateLimit(perHour: number): (key: string, nowMs: number) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return function take(key, nowMs) {
    const bucket = buckets.get(key) ?? { tokens: perHour, at: nowMs }
    const refilled = Math.min(perHour, bucket.tokens + (Math.max(0, nowMs - bucket.at) * perHour) / 3_600_000)
    buckets.delete(key)
    buckets.set(key, { tokens: refilled >= 1 ? refilled - 1 : refilled, at: nowMs })
    const oldest = buckets.keys().next()
    if (buckets.size > maxBuckets && oldest.done !== true) buckets.delete(oldest.value)
    return refilled >= 1
  }
}
