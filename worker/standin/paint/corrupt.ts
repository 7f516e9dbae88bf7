import { smoothNoise } from './noise.ts'
import { blankPicture, luminance } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { random } from './random.ts'
import type { Recipe } from './recipe.ts'

/**
 * Breaks the picture's geometry: a swirling warp, blocks that slide like a damaged video, rows that melt by
 * brightness, channels that part. All grow with `wild`; `push` adds to the breaks.
 */
export function corrupt(picture: Picture, recipe: Recipe, strength: number): Picture {
  const amount = recipe.wild * strength
  const warped = warp(picture, recipe, { bend: amount, slide: amount })
  melt(warped, recipe, amount)
  return warped
}

/** Bends the picture smoothly, without breaks; `amount` 0 … 1. */
export function drift(picture: Picture, recipe: Recipe, amount: number): Picture {
  return warp(picture, recipe, { bend: amount, slide: 0 })
}

/** Displacement at each pixel, px: curl of a noise plus sliding blocks. */
function warp(picture: Picture, recipe: Recipe, by: { bend: number; slide: number }): Picture {
  const { width, height } = picture
  const longest = Math.max(width, height)
  const potential = smoothNoise(`${recipe.key}/warp`, picture, { cells: 3.2, octaves: 3 })
  const reach = longest * longest * (0.0025 + 0.05 * by.bend ** 1.4) * 0.16
  const slides = blockSlides(picture, recipe, by.slide)
  const split = longest * 0.012 * by.slide * by.slide * (0.6 + recipe.push)
  const out = blankPicture(width, height)
  for (let y = 0; y < height; y += 1) {
    const up = Math.max(0, y - 2) * width
    const down = Math.min(height - 1, y + 2) * width
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x
      const left = potential[y * width + Math.max(0, x - 2)] as number
      const right = potential[y * width + Math.min(width - 1, x + 2)] as number
      const dx = ((potential[down + x] as number) - (potential[up + x] as number)) * 0.25 * reach
      const dy = (left - right) * 0.25 * reach
      const block = slides.index(x, y)
      const sx = x + dx + (slides.x[block] as number)
      const sy = y + dy + (slides.y[block] as number)
      out.r[at] = sample(picture.r, width, height, { x: sx + split, y: sy })
      out.g[at] = sample(picture.g, width, height, { x: sx, y: sy })
      out.b[at] = sample(picture.b, width, height, { x: sx - split, y: sy })
    }
  }
  return out
}

type Slides = { index: (x: number, y: number) => number; x: Float32Array; y: Float32Array }

/** Blocks of a coarse grid; some, in clusters, take their pixels from elsewhere. */
function blockSlides(picture: Picture, recipe: Recipe, amount: number): Slides {
  const longest = Math.max(picture.width, picture.height)
  const across = 32
  const block = longest / across
  const next = random(`${recipe.key}/blocks`)
  const cluster = smoothNoise(`${recipe.key}/cluster`, { width: across, height: across }, { cells: 4, octaves: 2 })
  const x = new Float32Array(across * across)
  const y = new Float32Array(across * across)
  const limit = 0.7 - 0.22 * amount - 0.08 * recipe.push * amount
  const angle = next() * Math.PI * 2
  let runX = 0
  let runY = 0
  for (let i = 0; i < x.length; i += 1) {
    const roll = next()
    if (roll < 0.35) {
      const far = longest * (0.02 + 0.16 * amount) * (next() - 0.3)
      runX = Math.cos(angle) * far + (next() - 0.5) * longest * 0.03
      runY = Math.sin(angle) * far * 0.6
    }
    if ((cluster[i] as number) > limit && amount > 0.08) {
      x[i] = runX
      y[i] = runY
    }
  }
  const index = (px: number, py: number) => ((py / block) | 0) * across + ((px / block) | 0)
  return { index, x, y }
}

/** Bilinear sample; beyond the border the picture is mirrored. */
function sample(plane: Plane, width: number, height: number, at: { x: number; y: number }): number {
  const x = mirror(at.x, width - 1)
  const y = mirror(at.y, height - 1)
  const left = x | 0
  const top = y | 0
  const right = left < width - 1 ? 1 : 0
  const below = top < height - 1 ? width : 0
  const i = top * width + left
  const fx = x - left
  const fy = y - top
  const upper = (plane[i] as number) * (1 - fx) + (plane[i + right] as number) * fx
  const lower = (plane[i + below] as number) * (1 - fx) + (plane[i + below + right] as number) * fx
  return upper * (1 - fy) + lower * fy
}

function mirror(value: number, last: number): number {
  const positive = value < 0 ? -value : value
  const folded = positive > last ? 2 * last - positive : positive
  return folded < 0 ? 0 : folded > last ? last : folded
}

/** Sorts stretches of some columns by brightness, so that bright parts run like wet paint. */
function melt(picture: Picture, recipe: Recipe, amount: number): void {
  if (amount < 0.12) return
  const { width, height } = picture
  const light = luminance(picture)
  const band = smoothNoise(`${recipe.key}/melt`, { width, height: 1 }, { cells: 9, octaves: 3 })
  const cover = 0.74 - 0.3 * amount - 0.05 * recipe.push
  const next = random(`${recipe.key}/melt-low`)
  const low = 0.25 + next() * 0.3
  const buffer = new Float32Array(height)
  for (let x = 0; x < width; x += 1) {
    const weight = band[x] as number
    if (weight < cover) continue
    const limit = low + (((x * 2_654_435_761) % 97) / 97) * 0.06
    const longest = height * Math.min(0.9, (weight - cover) * 5 * (0.3 + amount))
    for (let y = 0; y < height; y += 1) {
      const start = y
      while (y < height && (light[y * width + x] as number) > limit && y - start < longest) y += 1
      if (y - start > 3) sortColumn(picture, light, buffer, { x, start, end: y })
    }
  }
}

function sortColumn(
  picture: Picture,
  light: Plane,
  buffer: Float32Array,
  run: { x: number; start: number; end: number },
): void {
  const { width } = picture
  const count = run.end - run.start
  const order = Array.from({ length: count }, (_, i) => run.start + i)
  order.sort((a, b) => (light[b * width + run.x] as number) - (light[a * width + run.x] as number))
  for (const plane of [picture.r, picture.g, picture.b]) {
    for (let i = 0; i < count; i += 1) buffer[i] = plane[(order[i] as number) * width + run.x] as number
    for (let i = 0; i < count; i += 1) plane[(run.start + i) * width + run.x] = buffer[i] as number
  }
}
