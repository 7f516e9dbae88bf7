import { evenedLight } from '../colour.ts'
import { alongFlow, flowOf } from '../flow.ts'
import { smoothNoise } from '../noise.ts'
import { blankPicture, blurPlane, clamp01, smoothstep } from '../picture.ts'
import type { Picture, Plane } from '../picture.ts'
import { rampAt } from '../palettes.ts'
import { random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import type { Look } from './look.ts'

/** Difference of two blurs, smoothed along the flow: signed lines, dark side negative. */
export function flowLines(
  light: Plane,
  source: Picture,
  recipe: Recipe,
  by: { sigma: number; unit: number; reach: number },
): Plane {
  const { width, height } = source
  const fine = blurPlane(light, width, height, by.sigma)
  const coarse = blurPlane(light, width, height, by.sigma * 2.4)
  const difference = fine.map((value, i) => value - (coarse[i] as number))
  const flow = flowOf(light, source, { sigma: 8 * by.unit, swirl: 0.35 * recipe.wild, key: recipe.key })
  return alongFlow(difference, source, flow, Math.max(2, Math.round(by.reach * by.unit)))
}

/** Woodcut: carved lines that swell with the dark, ink on paper, with one or two tint blocks beneath. */
export function woodcut(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  const light = evenedLight(source, 0.55)
  const soft = blurPlane(light, width, height, 1.8 * look.unit)
  const bend = blurPlane(light, width, height, 10 * look.unit)
  const lines = flowLines(light, source, recipe, { sigma: 1.5 * look.unit, unit: look.unit, reach: 5 })
  const next = random(`${recipe.key}/cut`)
  const angle = next() * Math.PI
  const pitch = (8.4 - 1.6 * recipe.push + 5 * recipe.wild * next()) * look.unit
  const sin = (Math.sin(angle) * 2 * Math.PI) / pitch
  const cos = (Math.cos(angle) * 2 * Math.PI) / pitch
  const swell = (9 + 22 * recipe.wild) * (1 + 0.4 * recipe.push)
  const sway = smoothNoise(`${recipe.key}/sway`, source, { cells: 2.5, octaves: 2 })
  const ink = rampAt(recipe.stops, 0.06)
  const paper = rampAt(recipe.stops, 0.94)
  const tints = [rampAt(recipe.stops, 0.72), rampAt(recipe.accent, 0.56)] as const
  const grain = smoothNoise(`${recipe.key}/grain`, source, { cells: 150, octaves: 2 })
  const shift = Math.round(3 * look.unit)
  const out = blankPicture(width, height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const phase = x * sin + y * cos + ((bend[i] as number) * 0.9 + (sway[i] as number) * recipe.wild * 1.6) * swell
      const wave = 0.5 + 0.5 * Math.sin(phase)
      const dark = 1 - clamp01(((soft[i] as number) - 0.07) / 0.8)
      const edge = (lines[i] as number) * (16 + 8 * recipe.push)
      const cut =
        smoothstep(-0.09, 0.09, wave - dark * 1.04 + 0.02) * smoothstep(-0.75, -0.25, edge + (dark > 0.93 ? -1 : 0))
      const worn = (grain[i] as number) > 0.72 ? 0.14 : 0
      const white = Math.max(cut, worn * (1 - cut))
      // The tint blocks are cut separately and a little off register; at the edges they end with the picture.
      const t = soft[Math.max(0, y - shift) * width + Math.min(width - 1, x + shift)] as number
      const heat = (look.forms[i] as number) - 0.5
      const tint = t > 0.66 + heat * 0.3 ? paper : t > 0.4 + heat * 0.5 ? tints[0] : tints[1]
      out.r[i] = ink[0] + (tint[0] - ink[0]) * white
      out.g[i] = ink[1] + (tint[1] - ink[1]) * white
      out.b[i] = ink[2] + (tint[2] - ink[2]) * white
    }
  }
  return out
}

/** Contour: the picture as a relief map, lines of equal brightness over stepped colours. */
export function contour(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  const light = evenedLight(source, 0.6)
  const relief = blurPlane(light, width, height, (5 + 6 * recipe.wild) * look.unit)
  const levels = 9 + Math.round(9 * recipe.wild + 5 * recipe.push)
  const out = blankPicture(width, height)
  const lift = 0.1 + 0.35 * recipe.wild
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const right = relief[y * width + Math.min(width - 1, x + 1)] as number
      const below = relief[Math.min(height - 1, y + 1) * width + x] as number
      const h = clamp01((relief[i] as number) * (1 - lift) + (look.forms[i] as number) * lift) * levels
      const slope = Math.hypot(right - (relief[i] as number), below - (relief[i] as number)) * levels + 0.004
      const near = Math.abs(h - Math.round(h)) / (slope * 1.3 * look.unit + 0.02)
      const major = Math.round(h) % 4 === 0
      const line = smoothstep(major ? 1.5 : 0.9, 0.3, near)
      const step = (Math.floor(h) + 0.35 + 0.4 * (light[i] as number)) / levels
      const shade = 1 + Math.max(-0.3, Math.min(0.3, (right + below - 2 * (relief[i] as number)) * 14))
      const accented = (look.forms[i] as number) > 0.68 - 0.12 * recipe.wild
      const [r, g, b] = rampAt(accented ? recipe.accent : recipe.stops, step)
      const [lr, lg, lb] = rampAt(recipe.stops, step > 0.5 ? 0.04 : 0.97)
      out.r[i] = (r + (lr - r) * line) * shade
      out.g[i] = (g + (lg - g) * line) * shade
      out.b[i] = (b + (lb - b) * line) * shade
    }
  }
  return out
}
