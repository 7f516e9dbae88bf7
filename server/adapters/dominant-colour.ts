/** Steps of each channel that count as one colour. */
const steps = 8

/** The mean of the most frequent colour of RGB samples as `#rrggbb`. `samples` holds at least one pixel. */
export function dominantColour(samples: Uint8Array): string {
  const bins = new Map<number, { count: number; sum: [number, number, number] }>()
  for (let at = 0; at + 2 < samples.length; at += 3) {
    const [r = 0, g = 0, b = 0] = samples.subarray(at, at + 3)
    const key = [r, g, b].reduce((sum, value) => sum * steps + Math.floor((value * steps) / 256), 0)
    const bin = bins.get(key) ?? { count: 0, sum: [0, 0, 0] }
    bin.count += 1
    bin.sum = [bin.sum[0] + r, bin.sum[1] + g, bin.sum[2] + b]
    bins.set(key, bin)
  }
  const [most] = [...bins.values()].sort((a, b) => b.count - a.count)
  const hex = (sum: number) =>
    Math.round(sum / (most?.count ?? 1))
      .toString(16)
      .padStart(2, '0')
  return `#${(most?.sum ?? [0, 0, 0]).map(hex).join('')}`
}
