import type { Picture } from './picture.ts'
import { hashText } from './random.ts'
import type { Recipe } from './recipe.ts'
import type { Look } from './techniques/look.ts'

/** Grain and a slight fall-off to the corners. */
export function finish(picture: Picture, recipe: Recipe, look: Look): void {
  const { width, height, r, g, b } = picture
  const grain = recipe.technique === 'neon' || recipe.technique === 'glitch' ? 0.035 : 0.028
  let state = hashText(`${recipe.key}/grain`)
  const fall = recipe.technique === 'riso' || recipe.technique === 'woodcut' ? 0.04 : 0.16
  const soft = Math.min(1, look.unit * 1.5)
  for (let y = 0; y < height; y += 1) {
    const v = (2 * y) / height - 1
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const u = (2 * x) / width - 1
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      const noise = (state >> 16) / 32_768
      const gain = 1 - fall * (u * u + v * v) * (u * u + v * v) * 0.3
      const add = noise * grain * soft
      r[i] = (r[i] as number) * gain + add
      g[i] = (g[i] as number) * gain + add
      b[i] = (b[i] as number) * gain + add
    }
  }
}
