import { evenedLight, recolour } from '../colour.ts'
import { smoothNoise } from '../noise.ts'
import { blankPicture, blurPicture, blurPlane, clamp01, smoothstep } from '../picture.ts'
import type { Picture } from '../picture.ts'
import { rampAt } from '../palettes.ts'
import type { Rgb } from '../palettes.ts'
import type { Recipe } from '../recipe.ts'
import { flowLines } from './lines.ts'
import type { Look } from './look.ts'

/** Neon: the night version of the picture, its edges lit as tubes with halos. */
export function neon(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  const light = evenedLight(source, 0.4)
  const lines = flowLines(light, source, recipe, { sigma: 1.7 * look.unit, unit: look.unit, reach: 9 })
  const hue = smoothNoise(`${recipe.key}/hue`, source, { cells: 3, octaves: 2 })
  // The night has no paper white: only the darker part of the ramps is used.
  const night = { ...recipe, stops: recipe.stops.slice(0, -2), accent: recipe.accent.slice(0, -2) }
  recolour(source, night, { mix: 0.75 + 0.2 * recipe.wild, even: 0.3, warmth: 0.1, forms: look.forms })
  const tubes = blankPicture(width, height)
  const gain = 13 + 9 * recipe.push
  for (let i = 0; i < lines.length; i += 1) {
    const power = smoothstep(0.22, 1, Math.abs(lines[i] as number) * gain)
    if (power === 0) continue
    const place = clamp01(((hue[i] as number) - 0.28) * 2.2)
    const [r, g, b] = rampAt((look.forms[i] as number) > 0.6 ? recipe.accent : recipe.stops, 0.36 + 0.5 * place)
    tubes.r[i] = r * power
    tubes.g[i] = g * power
    tubes.b[i] = b * power
  }
  const near = blurPicture(tubes, 4 * look.unit)
  const far = blurPicture(tubes, 22 * look.unit)
  const halo = 0.55 + 0.35 * recipe.push
  const add = (night: Float32Array, tube: Float32Array, close: Float32Array, wide: Float32Array) => {
    for (let i = 0; i < night.length; i += 1) {
      const dark = (night[i] as number) ** 1.25 * 0.5
      const glow = (tube[i] as number) * 1.05 + (close[i] as number) * halo + (wide[i] as number) * 1.5 * halo
      night[i] = 1 - (1 - clamp01(dark)) * Math.exp(-glow)
    }
  }
  add(source.r, tubes.r, near.r, far.r)
  add(source.g, tubes.g, near.g, far.g)
  add(source.b, tubes.b, near.b, far.b)
  return source
}

/** Ink: wet washes and brush lines on paper, one colour bleeding in. */
export function ink(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  const light = evenedLight(source, 0.5).map((value) => clamp01(value * 1.35 + 0.04))
  const lines = flowLines(light, source, recipe, { sigma: 2.1 * look.unit, unit: look.unit, reach: 12 })
  const edgeNoise = smoothNoise(`${recipe.key}/bleed`, source, { cells: 40, octaves: 3 })
  const cloud = smoothNoise(`${recipe.key}/cloud`, source, { cells: 5, octaves: 4 })
  const wash = blurPlane(light, width, height, (5 + 10 * recipe.wild) * look.unit)
  const fine = blurPlane(light, width, height, 1.4 * look.unit)
  const paper: Rgb = [0.955, 0.935, 0.885]
  const black = rampAt(recipe.stops, 0.03)
  const accent = rampAt(recipe.accent, 0.5)
  const out = blankPicture(width, height)
  for (let i = 0; i < light.length; i += 1) {
    const wet = (wash[i] as number) * 0.62 + (fine[i] as number) * 0.38 + ((edgeNoise[i] as number) - 0.5) * 0.22
    // Washes dry in steps with a darker rim where each one ended.
    const steps = clamp01(1 - wet) * 4
    const rim = 1 - Math.abs(steps - Math.round(steps)) * 2
    const tone =
      (Math.floor(steps + 0.5) / 4) * 0.7 + smoothstep(0.82, 1, rim) * 0.06 + clamp01(0.42 - (fine[i] as number)) * 0.75
    const brush =
      smoothstep(0.12, 0.75, -(lines[i] as number) * (13 + 8 * recipe.push)) * (0.65 + 0.6 * (cloud[i] as number))
    const dark = clamp01(tone * (0.7 + 0.5 * (cloud[i] as number)) + brush)
    const bleed =
      smoothstep(0.5, 0.68, (look.forms[i] as number) * 0.6 + (cloud[i] as number) * 0.5) *
      (0.55 + 0.4 * recipe.wild) *
      clamp01(dark * 1.8 + 0.16)
    const fibre = ((edgeNoise[i] as number) - 0.5) * 0.05
    out.r[i] = (paper[0] + (accent[0] - paper[0]) * bleed) * (1 - dark) + black[0] * dark + fibre
    out.g[i] = (paper[1] + (accent[1] - paper[1]) * bleed) * (1 - dark) + black[1] * dark + fibre
    out.b[i] = (paper[2] + (accent[2] - paper[2]) * bleed) * (1 - dark) + black[2] * dark + fibre
  }
  return out
}
