/**
 * `painted` over `work` by `alpha` (one byte a pixel): round((work·(255 − a) + painted·a) ÷ 255) in integers for each of
 * the interleaved channels. Where a is 0 the result is the work image bit for bit, where it is 255 the painted one.
 * Throws RangeError when the three are not of one size.
 */
export function compositeMasked(work: Uint8Array, painted: Uint8Array, alpha: Uint8Array): Uint8Array {
  const channels = work.length / alpha.length
  if (painted.length !== work.length || !Number.isInteger(channels)) {
    throw new RangeError(`cannot blend ${painted.length} over ${work.length} bytes by ${alpha.length} pixels`)
  }
  const out = Uint8Array.from(work)
  for (let pixel = 0, at = 0; pixel < alpha.length; pixel += 1, at += channels) {
    const a = alpha[pixel] ?? 0
    if (a === 0) continue
    for (let i = at; i < at + channels; i += 1) {
      // 255 is odd: no quotient ends in a half, so adding 127 rounds every one to its nearest.
      out[i] = Math.floor(((work[i] ?? 0) * (255 - a) + (painted[i] ?? 0) * a + 127) / 255)
    }
  }
  return out
}
