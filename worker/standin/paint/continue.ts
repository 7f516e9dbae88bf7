import { fieldOf, finer, matchPatches, reach } from './patch-match.ts'
import type { Matches, Source } from './patch-match.ts'
import { halve, halvePicture, resizePlane } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { random } from './random.ts'
import { laid } from './weave.ts'

/** A picture with a hole: 1 where a pixel is to be made up. */
type Torn = { picture: Picture; hole: Uint8Array }

/** Coarse levels settle the forms, fine ones only follow. */
const rounds = [5, 3, 2]

/**
 * Fills the hole from the picture around it, so that every patch inside looks like some patch outside (after Wexler,
 * Shechtman and Irani, 2007). Null when too little is left to take from.
 * @param hole full size, above 0 where pixels are to be made up
 */
export function continued(picture: Picture, hole: Plane, key: string): Picture | null {
  const levels = pyramid(picture, hole)
  // A level so coarse that no patch is whole there has nothing to teach.
  while (levels[0] !== undefined && sourceOf(levels[0]) === null) levels.shift()
  if (levels.length === 0) return null
  const next = random(`${key}/continue`)
  let matches: Matches | null = null
  let before: Torn | null = null
  for (const [index, level] of levels.entries()) {
    const { width, height } = level.picture
    const source = sourceOf(level)
    if (source === null) return null
    const wanted = widened(level.hole, level.picture)
    let start: Matches | null = null
    if (matches === null || before === null) smoothFill(level, next)
    else {
      start = finer(matches, { from: before.picture, to: level.picture, coarse: before.picture.width, fine: width })
      vote(level, start, wanted)
    }
    for (let round = 0; round < (rounds[index] ?? 1); round += 1) {
      start = matchPatches(fieldOf(level.picture), source, { start, rounds: 2, next, wanted })
      vote(level, start, wanted)
    }
    matches = start ?? new Int32Array(width * height)
    before = level
  }
  if (matches === null || before === null) return null
  for (let i = 0; i < matches.length; i += 1) if ((matches[i] as number) < 0) matches[i] = i
  const guide = blended(picture, before)
  return laid(matches, before.picture, { guide, from: picture, columns: before.picture.width, wobble: null })
}

/** A quarter of the size and two levels below, coarsest first. */
function pyramid(picture: Picture, hole: Plane): Torn[] {
  let small = halvePicture(picture)
  let { plane } = halve(hole, picture.width, picture.height)
  const levels: Torn[] = []
  for (let level = 0; level < rounds.length; level += 1) {
    plane = halve(plane, small.width, small.height).plane
    small = halvePicture(small)
    levels.unshift({ picture: copied(small), hole: Uint8Array.from(plane, (value) => (value > 0 ? 1 : 0)) })
  }
  return levels
}

function copied({ width, height, r, g, b }: Picture): Picture {
  return { width, height, r: r.slice(), g: g.slice(), b: b.slice() }
}

/** Patches that touch no hole; null when there are too few. */
function sourceOf({ picture, hole }: Torn): Source | null {
  const { width, height } = picture
  const near = widened(hole, picture)
  const allowed = new Uint8Array(width * height)
  const at: number[] = []
  for (let y = reach; y < height - reach; y += 1) {
    for (let x = reach; x < width - reach; x += 1) {
      const i = y * width + x
      if (near[i] === 1) continue
      allowed[i] = 1
      at.push(i)
    }
  }
  if (at.length < 24) return null
  const bias = new Float32Array(height).fill(1)
  return { ...fieldOf(picture), allowed, bias, pools: [{ at: Int32Array.from(at), share: 1 }] }
}

/** The hole and everything within a patch's reach of it. */
function widened(hole: Uint8Array, size: { width: number; height: number }): Uint8Array {
  const { width, height } = size
  const out = new Uint8Array(hole.length)
  for (let i = 0; i < hole.length; i += 1) {
    if (hole[i] === 0) continue
    const x = i % width
    const y = (i / width) | 0
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v += 1) {
      out.fill(1, v * width + Math.max(0, x - reach), v * width + Math.min(width - 1, x + reach) + 1)
    }
  }
  return out
}

/** A first guess: the rim's colours run in from all sides, a little unsettled so that seeds differ. */
function smoothFill({ picture, hole }: Torn, next: () => number): void {
  const { width, height } = picture
  const left = new Set<number>()
  for (let i = 0; i < hole.length; i += 1) if (hole[i] === 1) left.add(i)
  while (left.size > 0) {
    const ready: [at: number, r: number, g: number, b: number][] = []
    for (const i of left) {
      const x = i % width
      const beside = [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]
      const known = beside.filter((at) => at >= 0 && at < width * height && !left.has(at))
      if (known.length === 0) continue
      const average = (plane: Plane) => known.reduce((sum, at) => sum + (plane[at] as number), 0) / known.length
      const shade = 1 + (next() - 0.5) * 0.12
      ready.push([i, average(picture.r) * shade, average(picture.g) * shade, average(picture.b) * shade])
    }
    if (ready.length === 0) return
    for (const [at, r, g, b] of ready) {
      picture.r[at] = r
      picture.g[at] = g
      picture.b[at] = b
      left.delete(at)
    }
  }
}

/** Every pixel of the hole becomes the mean of what the patches over it say. */
function vote({ picture, hole }: Torn, matches: Matches, wanted: Uint8Array): void {
  const { width, height } = picture
  const { r, g, b } = copied(picture)
  for (let i = 0; i < hole.length; i += 1) {
    if (hole[i] === 0) continue
    const x = i % width
    const y = (i / width) | 0
    let red = 0
    let green = 0
    let blue = 0
    let total = 0
    for (let dy = -reach; dy <= reach; dy += 1) {
      for (let dx = -reach; dx <= reach; dx += 1) {
        if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue
        const beside = i + dy * width + dx
        const match = matches[beside] as number
        if (wanted[beside] === 0 || match < 0) continue
        const from = match - dy * width - dx
        // The middle of a patch knows best.
        const weight = 1 / (1 + dx * dx + dy * dy)
        red += (r[from] as number) * weight
        green += (g[from] as number) * weight
        blue += (b[from] as number) * weight
        total += weight
      }
    }
    if (total === 0) continue
    picture.r[i] = red / total
    picture.g[i] = green / total
    picture.b[i] = blue / total
  }
}

/** The picture with its hole filled softly: what the full-size pieces have to agree with. */
function blended(picture: Picture, filled: Torn): Picture {
  const hole = Float32Array.from(filled.hole)
  const share = resizePlane(hole, filled.picture, picture)
  const join = (full: Plane, small: Plane) => {
    const large = resizePlane(small, filled.picture, picture)
    return full.map((value, i) => value + ((large[i] as number) - value) * (share[i] as number))
  }
  const { width, height } = picture
  return {
    width,
    height,
    r: join(picture.r, filled.picture.r),
    g: join(picture.g, filled.picture.g),
    b: join(picture.b, filled.picture.b),
  }
}
