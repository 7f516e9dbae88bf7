import { fieldOf, finer, matchPatches, reach } from './patch-match.ts'
import type { Matches, Source } from './patch-match.ts'
import { blankPicture, halvePicture, resizePicture } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { smoothNoise } from './noise.ts'
import { random } from './random.ts'

/** Matching works at a quarter of the picture's size: patches then cover what the eye calls a texture. */
export const shrink = 4

/** Style images one below the other, all as wide. `starts` are the first rows of each, with the end as the last. */
export type Atlas = { picture: Picture; starts: number[]; shares: number[] }

/** @param refs style images with their shares (which add to 1) @param width pixels each is brought to */
export function atlasOf(refs: readonly { picture: Picture; share: number }[], width: number): Atlas {
  const wide = Math.max(shrink * 16, Math.round(width / 16) * 16)
  const scaled = refs.map(({ picture }) => {
    const ratio = Math.max(0.5, Math.min(2, picture.height / picture.width))
    return resizePicture(picture, { width: wide, height: Math.max(shrink * 16, Math.round((wide * ratio) / 16) * 16) })
  })
  const starts = [0]
  for (const { height } of scaled) starts.push((starts.at(-1) ?? 0) + height)
  const picture = blankPicture(wide, starts.at(-1) ?? 0)
  for (const [index, part] of scaled.entries()) {
    const at = (starts[index] ?? 0) * wide
    picture.r.set(part.r, at)
    picture.g.set(part.g, at)
    picture.b.set(part.b, at)
  }
  return { picture, starts, shares: refs.map((ref) => ref.share) }
}

function sourceOf(picture: Picture, atlas: Atlas, by: { shrink: number; colour: number }): Source {
  const { width, height } = picture
  const allowed = new Uint8Array(width * height)
  const bias = new Float32Array(height).fill(1)
  const pools = atlas.shares.map((share, index) => {
    const first = Math.floor((atlas.starts[index] ?? 0) / by.shrink)
    const last = Math.floor((atlas.starts[index + 1] ?? 0) / by.shrink)
    const at: number[] = []
    for (let y = first; y < last; y += 1) {
      // A share below its equal part makes a style's patches dearer, so that it is used less.
      bias[y] = (1 / Math.max(0.05, share * atlas.shares.length)) ** 1.6
      if (y < first + reach || y >= last - reach) continue
      for (let x = reach; x < width - reach; x += 1) {
        allowed[y * width + x] = 1
        at.push(y * width + x)
      }
    }
    return { at: Int32Array.from(at), share }
  })
  return { ...fieldOf(picture, by.colour), allowed, bias, pools }
}

/**
 * The picture rebuilt from pieces of the styles: coarse to fine, every place takes the piece that is most like it.
 * @param colour how much colour counts beside light when pieces are chosen
 */
export function weave(picture: Picture, atlas: Atlas, by: { colour: number; key: string }): Picture {
  const quarter = halvePicture(halvePicture(picture))
  const sourceQuarter = halvePicture(halvePicture(atlas.picture))
  const targets = [quarter, halvePicture(quarter), halvePicture(halvePicture(quarter))].toReversed()
  const sources = [sourceQuarter, halvePicture(sourceQuarter), halvePicture(halvePicture(sourceQuarter))].toReversed()
  const next = random(`${by.key}/weave`)
  let matches: Matches | null = null
  let before: Picture | null = null
  let coarse = 0
  for (const [level, target] of targets.entries()) {
    const from = sources[level] ?? sourceQuarter
    const source = sourceOf(from, atlas, { shrink: shrink * 2 ** (targets.length - 1 - level), colour: by.colour })
    const start: Matches | null =
      matches === null || before === null
        ? null
        : finer(matches, { from: before, to: target, coarse, fine: source.width })
    matches = matchPatches(fieldOf(target, by.colour), source, {
      start,
      rounds: [5, 3, 1][level] ?? 1,
      next,
      wanted: null,
    })
    before = target
    coarse = source.width
  }
  return laid(matches ?? new Int32Array(0), quarter, {
    guide: picture,
    from: atlas.picture,
    columns: coarse,
    wobble: smoothNoise(`${by.key}/wobble`, picture, { cells: 90, octaves: 2 }),
  })
}

/** How far seams wander, cells of the coarse grid. */
const wander = 3.5

/** How sharply a piece is preferred that agrees with the guide at this very pixel. */
const agreement = 40

/**
 * Lays the matched pieces at full size. Each pixel blends the pieces of the four nearest matches, those most that agree
 * with the guide there, so that edges run as fine as in the guide and not along the coarse grid; where the guide has
 * none, `wobble` (a noise 0 … 1) makes the seams wander like a hand's.
 */
export function laid(
  matches: Matches,
  grid: { width: number; height: number },
  by: { guide: Picture; from: Picture; columns: number; wobble: Plane | null },
): Picture {
  const { guide, from, columns, wobble } = by
  const size = { width: guide.width, height: guide.height }
  const out = blankPicture(size.width, size.height)
  const last = from.r.length - 1
  const end = size.width * size.height - 1
  for (let y = 0; y < size.height; y += 1) {
    for (let x = 0; x < size.width; x += 1) {
      const i = y * size.width + x
      const sway = wobble === null ? 0 : ((wobble[i] as number) - 0.5) * wander
      const v = Math.max(0, Math.min(grid.height - 1.001, (y + 0.5) / shrink - 0.5 + sway))
      const top = v | 0
      const fy = v - top
      const below = Math.min(grid.height - 1, top + 1)
      const swing = wobble === null ? 0 : ((wobble[end - i] as number) - 0.5) * wander
      const u = Math.max(0, Math.min(grid.width - 1.001, (x + 0.5) / shrink - 0.5 + swing))
      const left = u | 0
      const fx = u - left
      const right = Math.min(grid.width - 1, left + 1)
      const first = matches[top * grid.width + left] as number
      if (
        right > left &&
        below > top &&
        matches[top * grid.width + right] === first + 1 &&
        matches[below * grid.width + left] === first + columns &&
        matches[below * grid.width + right] === first + columns + 1
      ) {
        // All four pieces are one: nothing to blend.
        const sy = ((first / columns) | 0) * shrink + y - top * shrink
        const at = sy * from.width + (first % columns) * shrink + x - left * shrink
        const safe = at < 0 ? 0 : at > last ? last : at
        out.r[i] = from.r[safe] as number
        out.g[i] = from.g[safe] as number
        out.b[i] = from.b[safe] as number
        continue
      }
      const red = guide.r[i] as number
      const green = guide.g[i] as number
      const blue = guide.b[i] as number
      let total = 0
      let r = 0
      let g = 0
      let b = 0
      for (let corner = 0; corner < 4; corner += 1) {
        const cx = (corner & 1) === 0 ? left : right
        const cy = corner < 2 ? top : below
        const share = ((corner & 1) === 0 ? 1 - fx : fx) * (corner < 2 ? 1 - fy : fy)
        const match = matches[cy * grid.width + cx] as number
        const sx = (match % columns) * shrink + x - cx * shrink
        const sy = ((match / columns) | 0) * shrink + y - cy * shrink
        const at = sy * from.width + sx
        const safe = at < 0 ? 0 : at > last ? last : at
        const pr = from.r[safe] as number
        const pg = from.g[safe] as number
        const pb = from.b[safe] as number
        const off = (pr - red) * (pr - red) + (pg - green) * (pg - green) + (pb - blue) * (pb - blue)
        const weight = (share + 0.02) / (1 + agreement * off)
        total += weight
        r += pr * weight
        g += pg * weight
        b += pb * weight
      }
      out.r[i] = r / total
      out.g[i] = g / total
      out.b[i] = b / total
    }
  }
  return out
}
