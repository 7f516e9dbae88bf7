import { writeLab } from './oklab.ts'
import type { Picture } from './picture.ts'

/** Colours as OKLab, three numbers a pixel. */
export type Field = { width: number; height: number; data: Float32Array }

/**
 * Where patches may come from: `pools` are the positions (y · width + x) of allowed patch middles, each pool with the
 * chance that a random try lands in it; `bias` makes the patches of a row dearer (above 1) or cheaper.
 */
export type Source = Field & {
  allowed: Uint8Array
  pools: readonly { at: Int32Array; share: number }[]
  bias: Float32Array
}

/** For every target pixel the source position whose patch is most alike; −1 where none was asked for. */
export type Matches = Int32Array

/** Patches are 5 × 5. */
export const reach = 2
const row = 2 * reach + 1

export function fieldOf({ width, height, r, g, b }: Picture, colour = 1): Field {
  const data = new Float32Array(width * height * 3)
  for (let i = 0; i < r.length; i += 1) {
    writeLab(data, i * 3, { r: r[i] as number, g: g[i] as number, b: b[i] as number })
    data[i * 3 + 1] = (data[i * 3 + 1] as number) * colour
    data[i * 3 + 2] = (data[i * 3 + 2] as number) * colour
  }
  return { width, height, data }
}

/** The field with `reach` pixels of its border repeated around it, so that every patch lies inside. */
function padded({ width, height, data }: Field): Field {
  const wide = width + 2 * reach
  const high = height + 2 * reach
  const out = new Float32Array(wide * high * 3)
  for (let y = 0; y < high; y += 1) {
    const from = Math.max(0, Math.min(height - 1, y - reach)) * width
    for (let x = 0; x < wide; x += 1) {
      const source = (from + Math.max(0, Math.min(width - 1, x - reach))) * 3
      const at = (y * wide + x) * 3
      out[at] = data[source] as number
      out[at + 1] = data[source + 1] as number
      out[at + 2] = data[source + 2] as number
    }
  }
  return { width: wide, height: high, data: out }
}

type Search = { target: Field; source: Source; matches: Matches; costs: Float32Array; next: () => number }

/**
 * PatchMatch (Barnes and others, 2009): good matches are passed on to neighbours and tried around at random.
 * @param start first guesses from a coarser level, or null
 * @param wanted which target pixels to match (1); null is all
 */
export function matchPatches(
  target: Field,
  source: Source,
  by: { start: Matches | null; rounds: number; next: () => number; wanted: Uint8Array | null },
): Matches {
  const count = target.width * target.height
  const matches = new Int32Array(count).fill(-1)
  const costs = new Float32Array(count)
  const search: Search = { target: padded(target), source, matches, costs, next: by.next }
  for (let i = 0; i < count; i += 1) {
    if (by.wanted !== null && by.wanted[i] === 0) continue
    const guess = by.start?.[i] ?? -1
    const at = guess >= 0 && source.allowed[guess] === 1 ? guess : anyPosition(source, by.next)
    matches[i] = at
    costs[i] = patchCost(search, at, { x: i % target.width, y: (i / target.width) | 0, limit: Infinity })
  }
  for (let round = 0; round < by.rounds; round += 1) sweep(search, round % 2 === 0 ? 1 : -1)
  return matches
}

function anyPosition(source: Source, next: () => number): number {
  let roll = next()
  for (const { at, share } of source.pools) {
    if (roll < share) return at[(next() * at.length) | 0] as number
    roll -= share
  }
  return source.pools[0]?.at[0] ?? 0
}

/** The pixel that is being looked at, with the best match so far. */
type Spot = { x: number; y: number; best: number; least: number }

function sweep(search: Search, direction: 1 | -1): void {
  const { source, matches, costs, next } = search
  const width = search.target.width - 2 * reach
  const count = matches.length
  const widest = Math.max(source.width, source.height) / 2
  const spot: Spot = { x: 0, y: 0, best: 0, least: 0 }
  for (let step = 0; step < count; step += 1) {
    const i = direction === 1 ? step : count - 1 - step
    if ((matches[i] as number) < 0) continue
    spot.best = matches[i] as number
    spot.least = costs[i] as number
    spot.x = i % width
    spot.y = (i / width) | 0
    const beside = spot.x - direction
    if (beside >= 0 && beside < width) follow(search, spot, { neighbour: i - direction, offset: direction })
    const above = i - direction * width
    if (above >= 0 && above < count) follow(search, spot, { neighbour: above, offset: direction * source.width })
    for (let radius = widest; radius >= 1; radius /= 3) {
      const dx = Math.round((2 * next() - 1) * radius)
      const dy = Math.round((2 * next() - 1) * radius)
      const column = (spot.best % source.width) + dx
      if (column >= 0 && column < source.width) attempt(search, spot, spot.best + dx + dy * source.width)
    }
    attempt(search, spot, anyPosition(source, next))
    matches[i] = spot.best
    costs[i] = spot.least
  }
}

function follow(search: Search, spot: Spot, from: { neighbour: number; offset: number }): void {
  const match = search.matches[from.neighbour] as number
  if (match >= 0) attempt(search, spot, match + from.offset)
}

function attempt(search: Search, spot: Spot, at: number): void {
  if (at === spot.best || search.source.allowed[at] !== 1) return
  const price = patchCost(search, at, { x: spot.x, y: spot.y, limit: spot.least })
  if (price >= spot.least) return
  spot.least = price
  spot.best = at
}

/** Squared difference of two patches times the row's bias; gives up beyond `limit`. */
function patchCost({ target, source }: Search, at: number, to: { x: number; y: number; limit: number }): number {
  const bias = source.bias[(at / source.width) | 0] as number
  const most = to.limit / bias
  const a = target.data
  const b = source.data
  let sum = 0
  let i = (to.y * target.width + to.x) * 3
  let j = (at - reach * source.width - reach) * 3
  for (let line = 0; line < row; line += 1) {
    for (let k = 0; k < row * 3; k += 1) {
      const difference = (a[i + k] as number) - (b[j + k] as number)
      sum += difference * difference
    }
    if (sum >= most) return Infinity
    i += target.width * 3
    j += source.width * 3
  }
  return sum * bias
}

/** Guesses for a level twice as fine, from a coarse one's matches. */
export function finer(
  matches: Matches,
  sizes: {
    from: { width: number; height: number }
    to: { width: number; height: number }
    coarse: number
    fine: number
  },
): Matches {
  const { from, to, coarse, fine } = sizes
  const out = new Int32Array(to.width * to.height).fill(-1)
  for (let y = 0; y < to.height; y += 1) {
    const v = Math.min(from.height - 1, y >> 1)
    for (let x = 0; x < to.width; x += 1) {
      const match = matches[v * from.width + Math.min(from.width - 1, x >> 1)] as number
      if (match < 0) continue
      const sx = (match % coarse) * 2 + (x & 1)
      const sy = ((match / coarse) | 0) * 2 + (y & 1)
      out[y * to.width + x] = sy * fine + sx
    }
  }
  return out
}
