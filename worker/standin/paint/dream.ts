import { normalise, smoothNoise } from './noise.ts'
import type { Size } from './noise.ts'
import { clamp01 } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import type { Recipe } from './recipe.ts'

/** Folded forms out of noise, 0 … 1: what is "imagined" where the input no longer decides. */
export function dreamForms(size: Size, key: string): Plane {
  const a = smoothNoise(`${key}/dream-a`, size, { cells: 2.4, octaves: 4 })
  const b = smoothNoise(`${key}/dream-b`, size, { cells: 1.6, octaves: 3 })
  const forms = new Float32Array(a.length)
  for (let i = 0; i < forms.length; i += 1) {
    const fold = Math.sin(((a[i] as number) * 2.1 + (b[i] as number) * 1.3) * Math.PI * 2.2)
    forms[i] = 0.5 + 0.32 * fold + 0.5 * ((b[i] as number) - 0.5)
  }
  return normalise(forms)
}

/**
 * Lets the dreamt forms into a picture: they bend its brightness, most in its flat parts, and take over as `wild`
 * grows.
 */
export function imagine(picture: Picture, recipe: Recipe, forms: Plane): void {
  const amount = Math.max(0, recipe.wild - 0.12) ** 1.3 * 0.62
  const { r, g, b } = picture
  for (let i = 0; i < forms.length; i += 1) {
    const l = 0.299 * (r[i] as number) + 0.587 * (g[i] as number) + 0.114 * (b[i] as number)
    const target = clamp01(l * (0.45 + 1.1 * (forms[i] as number)) + ((forms[i] as number) - 0.5) * 0.3)
    const gain = 1 + ((target + 0.03) / (l + 0.03) - 1) * amount
    const lift = (target - l) * amount * 0.35
    r[i] = (r[i] as number) * gain + lift
    g[i] = (g[i] as number) * gain + lift
    b[i] = (b[i] as number) * gain + lift
  }
}
