import type { MaskSoftness } from './rules.ts'

/** From this value of its red channel on a pixel of a mask is painted. */
const painted = 128

/** Blend weight 0..255 of a pixel that lies `distance` outside the painted area (inside: 0 at its rim, then negative). */
export function alphaAt(distance: number, { grow, feather }: MaskSoftness): number {
  if (distance <= grow) return 255
  if (distance >= grow + feather) return 0
  return Math.round((255 * (grow + feather - distance)) / feather)
}

/** Scratch of one pass, so that no row allocates. */
type Scratch = {
  /** Distance along its column to the nearest target pixel, at most `cap`. */
  columns: Uint8Array
  cap: number
  /** The lower envelope of one row: columns whose parabolas form it, their lowest points, and where each begins. */
  sites: Int32Array
  tops: Float64Array
  starts: Float64Array
}

/** Two sweeps over whole rows: memory is read in order, which halves the time against walking down each column. */
function sweepColumns(isTarget: Uint8Array, width: number, { columns, cap }: Scratch): void {
  const last = isTarget.length - width
  for (let i = 0; i < isTarget.length; i += 1) {
    const above = i < width ? cap : (columns[i - width] ?? cap)
    columns[i] = isTarget[i] === 1 ? 0 : Math.min(cap, above + 1)
  }
  for (let i = last - 1; i >= 0; i -= 1) {
    const below = (columns[i + width] ?? cap) + 1
    if (below < (columns[i] ?? 0)) columns[i] = below
  }
}

/** The row's lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012); answers how many there are. */
function findEnvelope(row: number, width: number, { columns, cap, sites, tops, starts }: Scratch): number {
  let count = 0
  for (let x = 0; x < width; x += 1) {
    const height = columns[row + x] ?? cap
    if (height >= cap) continue
    const top = height * height + x * x
    let start = Number.NEGATIVE_INFINITY
    while (count > 0) {
      start = (top - (tops[count - 1] ?? 0)) / (2 * (x - (sites[count - 1] ?? 0)))
      if (start > (starts[count - 1] ?? 0)) break
      count -= 1
      start = Number.NEGATIVE_INFINITY
    }
    sites[count] = x
    tops[count] = top
    starts[count] = start
    count += 1
  }
  return count
}

/**
 * Writes `table[d²]` to every pixel that is no target and lies less than `√table.length` from one, `d` being the exact
 * Euclidean distance between pixel centres. Others keep what `alpha` holds.
 */
function paintNear(alpha: Uint8Array, isTarget: Uint8Array, width: number, table: Uint8Array): void {
  const scratch: Scratch = {
    columns: new Uint8Array(isTarget.length),
    cap: Math.min(255, Math.ceil(Math.sqrt(table.length)) + 1),
    sites: new Int32Array(width),
    tops: new Float64Array(width),
    starts: new Float64Array(width),
  }
  const { columns, sites, starts } = scratch
  sweepColumns(isTarget, width, scratch)
  for (let row = 0; row < isTarget.length; row += width) {
    const count = findEnvelope(row, width, scratch)
    if (count === 0) continue
    let at = 0
    for (let x = 0; x < width; x += 1) {
      while (at + 1 < count && (starts[at + 1] ?? 0) < x) at += 1
      if (isTarget[row + x] === 1) continue
      const site = sites[at] ?? 0
      const height = columns[row + site] ?? 0
      const value = table[(x - site) * (x - site) + height * height]
      if (value !== undefined) alpha[row + x] = value
    }
  }
}

/** Alpha by squared distance between pixel centres, as far as `reach` pixels. */
function distanceTable(reach: number, alphaOf: (distance: number) => number): Uint8Array {
  return Uint8Array.from({ length: reach * reach + 1 }, (_, squared) => alphaOf(Math.sqrt(squared)))
}

/** 1 where the mask is painted; its channels are interleaved, red first. */
function readPainted(mask: ArrayLike<number>, pixels: number): Uint8Array {
  const channels = mask.length / pixels
  if (!Number.isInteger(channels) || channels < 1 || channels > 4) {
    throw new RangeError(`a mask of ${mask.length} bytes has no whole number of channels in ${pixels} pixels`)
  }
  const inside = new Uint8Array(pixels)
  for (let i = 0, at = 0; i < pixels; i += 1, at += channels) inside[i] = (mask[at] ?? 0) >= painted ? 1 : 0
  return inside
}

/**
 * The soft mask: one byte a pixel, 255 = the painted picture, 0 = the work image. `mask` has `width` × `height` pixels
 * of 1, 3 or 4 interleaved channels, red first; painted is red ≥ 128. With d the exact Euclidean distance to the nearest
 * painted pixel (inside: 1 − the distance to the nearest one that is not painted, so that shrinking mirrors growing),
 * alpha is 255 where d ≤ `grow`, 0 where d ≥ `grow + feather`, and linear in between, rounded; `feather` 0 is a hard
 * edge. What is not painted at all stays 0 everywhere. Browser and worker run this same function. Throws RangeError
 * when the bytes do not fit the size.
 */
export function softenMask(mask: ArrayLike<number>, width: number, height: number, softness: MaskSoftness): Uint8Array {
  const { grow, feather } = softness
  const inside = readPainted(mask, width * height)
  const alpha = new Uint8Array(inside.length)
  for (let i = 0; i < inside.length; i += 1) if (inside[i] === 1) alpha[i] = 255
  const outerReach = grow + feather
  if (outerReach >= 1) {
    paintNear(
      alpha,
      inside,
      width,
      distanceTable(outerReach, (distance) => alphaAt(distance, softness)),
    )
  }
  if (grow < 0) {
    const outside = inside.map((value) => 1 - value)
    paintNear(
      alpha,
      outside,
      width,
      distanceTable(1 - grow, (distance) => alphaAt(1 - distance, softness)),
    )
  }
  return alpha
}
