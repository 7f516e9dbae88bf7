import { blurPlane, clamp01, luminance } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { ramp } from './palettes.ts'
import type { Rgb } from './palettes.ts'

/** Brightness by rank: half of histogram equalisation, so dull pictures still use the whole ramp. */
export function evenedLight(picture: Picture, amount: number): Plane {
  const light = luminance(picture)
  const bins = new Float32Array(256)
  for (const value of light) bins[(clamp01(value) * 255) | 0] = (bins[(clamp01(value) * 255) | 0] as number) + 1
  let sum = 0
  const rank = bins.map((count) => {
    sum += count
    return (sum - count / 2) / light.length
  })
  return light.map((value) => value + ((rank[(clamp01(value) * 255) | 0] as number) - value) * amount)
}

/** Local and global contrast; `amount` 0 leaves the picture alone. */
export function tone(picture: Picture, amount: number): void {
  const { width, height } = picture
  const light = luminance(picture)
  const wide = blurPlane(light, width, height, Math.max(width, height) / 22)
  for (let i = 0; i < light.length; i += 1) {
    const l = light[i] as number
    const detail = (l - (wide[i] as number)) * 0.55 * amount
    const curve = (l - 0.5) * (1 - 2 * Math.abs(l - 0.5)) * 0.9 * amount
    const gain = (l + detail + curve) / (l + 0.02)
    const scale = Math.max(0.3, Math.min(2.2, gain))
    picture.r[i] = (picture.r[i] as number) * scale
    picture.g[i] = (picture.g[i] as number) * scale
    picture.b[i] = (picture.b[i] as number) * scale
  }
}

/**
 * Moves a picture towards the recipe's colours. A pixel's place on the ramp comes from its brightness and, so that
 * differing hues of one brightness stay apart, from its warmth; the dreamt forms move places too, and let the
 * accent ramp in where they are high.
 */
export function recolour(
  picture: Picture,
  recipe: { stops: readonly Rgb[]; accent: readonly Rgb[]; wild: number },
  by: { mix: number; even: number; warmth: number; forms: Plane },
): void {
  const main = ramp(recipe.stops)
  const other = ramp(recipe.accent)
  const light = evenedLight(picture, by.even)
  const { r, g, b } = picture
  const shift = 0.35 * recipe.wild
  for (let i = 0; i < light.length; i += 1) {
    const form = by.forms[i] as number
    const warm = (r[i] as number) - (b[i] as number)
    const at = (clamp01((light[i] as number) + warm * by.warmth + (form - 0.5) * shift) * 255) | 0
    // Cool parts of the picture take the accent first, then the heights of the forms.
    const accent = clamp01((form - 0.62) * 3.2 * (0.35 + recipe.wild) - warm * 1.1 - 0.05)
    const red = (main.r[at] as number) + ((other.r[at] as number) - (main.r[at] as number)) * accent
    const green = (main.g[at] as number) + ((other.g[at] as number) - (main.g[at] as number)) * accent
    const blue = (main.b[at] as number) + ((other.b[at] as number) - (main.b[at] as number)) * accent
    r[i] = (r[i] as number) + (red - (r[i] as number)) * by.mix
    g[i] = (g[i] as number) + (green - (g[i] as number)) * by.mix
    b[i] = (b[i] as number) + (blue - (b[i] as number)) * by.mix
  }
}

/** Spreads colours away from grey. */
export function saturate(picture: Picture, gain: number): void {
  const { r, g, b } = picture
  for (let i = 0; i < r.length; i += 1) {
    const l = 0.299 * (r[i] as number) + 0.587 * (g[i] as number) + 0.114 * (b[i] as number)
    r[i] = l + ((r[i] as number) - l) * gain
    g[i] = l + ((g[i] as number) - l) * gain
    b[i] = l + ((b[i] as number) - l) * gain
  }
}
