import { drift } from '../corrupt.ts'
import { blurPlane, clamp01, luminance, smoothstep } from '../picture.ts'
import type { Picture } from '../picture.ts'
import type { Rgb } from '../palettes.ts'
import type { Recipe } from '../recipe.ts'
import type { Look } from './look.ts'

/** The house look's deep and its light, and the metal of its veins from shade to shine. */
const deep: Rgb = [0.03, 0.09, 0.15]
const pale: Rgb = [1, 0.97, 0.82]
const shade: Rgb = [0.42, 0.26, 0.08]
const shine: Rgb = [1, 0.88, 0.52]

/**
 * What the house LoRA adds: the picture runs like poured enamel, in layers with gilded veins between them, over a deep
 * blue-green and under a pale gold.
 * @param strength of the LoRA: 0 leaves the picture alone, 0.6 a glaze, 1.2 poured through
 */
export function tonic(source: Picture, recipe: Recipe, by: { look: Look; strength: number }): Picture {
  const { look, strength } = by
  const pour = clamp01((strength - 0.3) / 0.9)
  const picture = drift(source, { ...recipe, key: `${recipe.key}/pour` }, 0.5 * pour)
  const { width, height, r, g, b } = picture
  const soft = blurPlane(luminance(picture), width, height, (5 + 9 * pour) * look.unit)
  const relief = soft.map((value, i) => value * (1 - 0.25 * pour) + (look.forms[i] as number) * (0.2 + 0.3 * pour))
  const layers = 6 + 4 * pour
  const glaze = Math.min(0.85, 0.25 * strength + 0.2 * pour)
  for (let y = 0; y < height; y += 1) {
    const below = y < height - 1 ? width : -width
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const h = relief[i] as number
      const dx = (relief[x < width - 1 ? i + 1 : i - 1] as number) - h
      const dy = (relief[i + below] as number) - h
      const slope = (Math.abs(dx) + Math.abs(dy)) * layers
      const place = h * layers
      const rest = place - Math.floor(place)
      const gap = Math.min(rest, 1 - rest) / (slope + 0.0015)
      const vein = pour * smoothstep((2.6 + 1.4 * pour) * look.unit, 0.6 * look.unit, gap)
      const lit = clamp01(0.45 - ((dx + dy) * 160) / look.unit / (1 + 160 * (Math.abs(dx) + Math.abs(dy))))
      const depth = 1 + 0.5 * pour * (rest - 0.55)
      const l = 0.299 * (r[i] as number) + 0.587 * (g[i] as number) + 0.114 * (b[i] as number)
      const dark = glaze * (1 - smoothstep(0, 0.45, l))
      const light = glaze * 0.7 * smoothstep(0.55, 1, l)
      const tint = (value: number, c: 0 | 1 | 2) => {
        const glazed = value * depth * (1 - dark - light) + deep[c] * dark + pale[c] * light
        const metal = shade[c] + (shine[c] - shade[c]) * lit
        return glazed + (metal - glazed) * vein
      }
      r[i] = tint(r[i] as number, 0)
      g[i] = tint(g[i] as number, 1)
      b[i] = tint(b[i] as number, 2)
    }
  }
  return picture
}
