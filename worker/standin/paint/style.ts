import type { StyleRef } from './job.ts'
import { blurPlane, clamp01, fromRaster, luminance } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import type { Rgb } from './palettes.ts'
import { random } from './random.ts'
import type { Technique } from './recipe.ts'

/** What is taken from the style images: their colours from dark to light, their touch, their texture. */
export type Style = {
  stops: Rgb[]
  accent: Rgb[]
  technique: Technique
  textures: { plane: Plane; width: number; height: number; weight: number }[]
}

const stopCount = 7

/** Techniques that carry a foreign palette and texture well. */
const carriers: readonly Technique[] = ['oil', 'pastel', 'oil', 'glass']

/**
 * The heaviest style gives the main ramp, the others the accent: an even mix of three palettes would be mud. Each
 * leaves a little in the other's ramp, and all give texture.
 */
export function styleOf(refs: readonly StyleRef[], key: string): Style | null {
  const used = refs.filter((ref) => ref.weight > 0).sort((a, b) => b.weight - a.weight)
  if (used.length === 0) return null
  const seen = used.map((ref) => ({ picture: fromRaster(ref.image), weight: ref.weight }))
  const ramps = seen.map(({ picture, weight }) => ({ colours: coloursByLight(picture), weight }))
  const total = used.reduce((sum, ref) => sum + ref.weight, 0)
  const textures = seen.map(({ picture, weight }) => ({
    ...textureOf(picture),
    weight: (weight / total) * Math.min(1.4, 0.5 + weight),
  }))
  const technique = carriers[Math.floor(random(`${key}/style`)() * carriers.length)] ?? 'oil'
  const [first, ...others] = ramps
  if (first === undefined) return null
  const rest = others.length > 0 ? others : [first]
  const lead = first.weight
  return {
    stops: mixRamps([{ ...first, weight: lead }, ...others.map((ramp) => ({ ...ramp, weight: ramp.weight * 0.2 }))]),
    accent: mixRamps([
      { ...first, weight: lead * 0.1 },
      ...rest.map((ramp, i) => ({ ...ramp, weight: ramp.weight / (1 + i) })),
    ]),
    technique,
    textures,
  }
}

function mixRamps(ramps: { colours: Rgb[]; weight: number }[]): Rgb[] {
  const total = ramps.reduce((sum, ramp) => sum + ramp.weight, 0)
  return Array.from({ length: stopCount }, (_, stop): Rgb => {
    const channel = (c: 0 | 1 | 2) =>
      ramps.reduce((sum, ramp) => sum + (ramp.colours[stop]?.[c] ?? 0) * ramp.weight, 0) / total
    return vivid([channel(0), channel(1), channel(2)])
  })
}

/** Means are duller than what they are means of. */
function vivid([r, g, b]: Rgb): Rgb {
  const grey = (r + g + b) / 3
  const spread = (value: number) => clamp01(grey + (value - grey) * 1.55)
  return [spread(r), spread(g), spread(b)]
}

/** Mean colours of equally many pixels each, from darkest to lightest. */
function coloursByLight(picture: Picture): Rgb[] {
  const light = luminance(picture)
  const order = Array.from(light.keys())
    .filter((i) => i % 7 === 0)
    .sort((a, b) => (light[a] ?? 0) - (light[b] ?? 0))
  const size = Math.max(1, Math.floor(order.length / stopCount))
  return Array.from({ length: stopCount }, (_, stop) => {
    const part = order.slice(stop * size, stop * size + size)
    const mean = (plane: Plane) => part.reduce((sum, i) => sum + (plane[i] ?? 0), 0) / Math.max(1, part.length)
    return [mean(picture.r), mean(picture.g), mean(picture.b)] as const
  })
}

function textureOf(picture: Picture): { plane: Plane; width: number; height: number } {
  const { width, height } = picture
  const light = luminance(picture)
  const soft = blurPlane(light, width, height, Math.max(2, width / 24))
  return { plane: light.map((value, i) => value - (soft[i] ?? 0)), width, height }
}

/** Lays the style images' fine structure over the picture, mirrored into tiles of half its size. */
export function addTexture(picture: Picture, style: Style): void {
  const { width, height, r, g, b } = picture
  for (const texture of style.textures) {
    const scale = (2 * texture.width) / Math.max(width, height)
    for (let y = 0; y < height; y += 1) {
      const ty = fold(y * scale, texture.height)
      for (let x = 0; x < width; x += 1) {
        const i = y * width + x
        const gain =
          1 + (texture.plane[ty * texture.width + fold(x * scale, texture.width)] ?? 0) * texture.weight * 1.1
        r[i] = (r[i] ?? 0) * gain
        g[i] = (g[i] ?? 0) * gain
        b[i] = (b[i] ?? 0) * gain
      }
    }
  }
}

function fold(value: number, size: number): number {
  const at = value % (2 * size)
  return Math.min(size - 1, Math.floor(at < size ? at : 2 * size - 1 - at))
}
