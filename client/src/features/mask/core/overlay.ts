import { softenMask } from '#shared/mask/soften.ts'
import type { MaskSoftness } from '#shared/mask/rules.ts'
import type { Raster } from './raster.ts'
import { inflate, isEmpty, nowhere } from './rect.ts'
import type { Rect } from './rect.ts'

export type Colour = readonly [red: number, green: number, blue: number]
export type Look = {
  colour: Colour
  /** 0 to 1, of what is repainted wholly. */
  opacity: number
  /** Width of the outline in mask pixels, so that it looks alike at every zoom. */
  line: number
}

/** How far a pixel of the mask reaches once softened, pixels. */
export function reachOf({ grow, feather }: MaskSoftness): number {
  return Math.abs(grow) + feather + 2
}

/**
 * Brings the softened mask up to date where the mask changed in `rect`, and answers the rectangle that may be other than
 * before. What lies further off cannot be: distances beyond the reach all count the same.
 */
export function resoften(raster: Raster, soft: Uint8Array, rect: Rect, softness: MaskSoftness): Rect {
  if (isEmpty(rect)) return nowhere
  const { width, height, bits } = raster
  const reach = reachOf(softness)
  const changed = inflate(rect, reach, width, height)
  const seen = inflate(changed, reach, width, height)
  const across = seen.right - seen.left
  const part = new Uint8Array(across * (seen.bottom - seen.top))
  for (let y = seen.top; y < seen.bottom; y += 1) {
    part.set(bits.subarray(y * width + seen.left, y * width + seen.right), (y - seen.top) * across)
  }
  const done = softenMask(part, across, seen.bottom - seen.top, softness)
  for (let y = changed.top; y < changed.bottom; y += 1) {
    const from = (y - seen.top) * across + changed.left - seen.left
    soft.set(done.subarray(from, from + changed.right - changed.left), y * width + changed.left)
  }
  return changed
}

/** How many pixels `resoften` has to look at for a change in `rect`. */
export function softenCost(raster: Raster, rect: Rect, softness: MaskSoftness): number {
  const seen = inflate(rect, 2 * reachOf(softness), raster.width, raster.height)
  return (seen.right - seen.left) * (seen.bottom - seen.top)
}

/** The hard mask in place of the soft one over `rect`: what a hand that moves fast sees until there is time. */
export function hardenRect(raster: Raster, soft: Uint8Array, rect: Rect): void {
  for (let y = rect.top; y < rect.bottom; y += 1) {
    const from = y * raster.width
    soft.set(raster.bits.subarray(from + rect.left, from + rect.right), from + rect.left)
  }
}

/** Pixels as a canvas takes them: four bytes each, red, green, blue, alpha. */
export type Picture = { width: number; height: number; data: Uint8ClampedArray }

const white = 0xf3
const black = 0x0b

/**
 * Draws the softened mask as RGBA over `rect`: the colour where it repaints, fading out as it does, a light and a dark
 * line at the rim of what is repainted wholly, and a faint one where the last of it ends.
 */
export function drawOverlay(picture: Picture, soft: Uint8Array, rect: Rect, look: Look): void {
  const { width, height, data: out } = picture
  const { line } = look
  const [red, green, blue] = look.colour
  for (let y = rect.top; y < rect.bottom; y += 1) {
    const up = Math.max(0, y - line) * width
    const down = Math.min(height - 1, y + line) * width
    for (let x = rect.left; x < rect.right; x += 1) {
      const i = y * width + x
      const a = soft[i] ?? 0
      const left = soft[y * width + Math.max(0, x - line)] ?? 0
      const right = soft[y * width + Math.min(width - 1, x + line)] ?? 0
      const above = soft[up + x] ?? 0
      const below = soft[down + x] ?? 0
      const least = Math.min(left, right, above, below)
      const most = Math.max(left, right, above, below)
      const at = i * 4
      if (a === 255 && least < 255) put(out, at, white, 242)
      else if (a < 255 && most === 255) put(out, at, black, 153)
      else if (a > 0 && least === 0) put(out, at, white, 128)
      else {
        out[at] = red
        out[at + 1] = green
        out[at + 2] = blue
        out[at + 3] = Math.round(a * look.opacity)
      }
    }
  }
}

function put(out: Uint8ClampedArray, at: number, grey: number, alpha: number): void {
  out[at] = grey
  out[at + 1] = grey
  out[at + 2] = grey
  out[at + 3] = alpha
}
