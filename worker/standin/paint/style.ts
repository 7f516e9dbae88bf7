import type { StyleRef } from './job.ts'
import { blurPlane, fromRaster, luminance } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import type { Rgb } from './palettes.ts'
import { random } from './random.ts'
import type { Technique } from './recipe.ts'

/** What is taken from the style images: their colours from dark to light, their touch, their texture. */
export type Style = {
  stops: Rgb[]
  technique: Technique
  textures: { plane: Plane; width: number; height: number; weight: number }[]
}

const stopCount = 7

/** Techniques that carry a foreign palette and texture well. */
const carriers: readonly Technique[] = ['oil', 'pastel', 'oil', 'glass']

export function styleOf(refs: readonly StyleRef[], key: string): Style | null {
  const used = refs.filter((ref) => ref.weight > 0)
  if (used.length === 0) return null
  const total = used.reduce((sum, ref) => sum + ref.weight, 0)
  const stops = Array.from({ length: stopCount }, (): [number, number, number] => [0, 0, 0])
  const textures: Style['textures'] = []
  for (const ref of used) {
    const picture = fromRaster(ref.image)
    const share = ref.weight / total
    for (const [i, colour] of coloursByLight(picture).entries()) {
      const stop = stops[i]
      if (stop === undefined) continue
      stop[0] += colour[0] * share
      stop[1] += colour[1] * share
      stop[2] += colour[2] * share
    }
    textures.push({ ...textureOf(picture), weight: share * Math.min(1.4, ref.weight) })
  }
  const roll = random(`${key}/style`)()
  return { stops, technique: carriers[Math.floor(roll * carriers.length)] ?? 'oil', textures }
}

/** Mean colours of equally many pixels each, from darkest to lightest, a little more saturated. */
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
