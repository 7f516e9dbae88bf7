import { evenedLight, recolour, saturate } from '../colour.ts'
import { smoothNoise } from '../noise.ts'
import { blankPicture, blurPlane, clamp01, smoothstep } from '../picture.ts'
import type { Picture } from '../picture.ts'
import { rampAt } from '../palettes.ts'
import type { Rgb } from '../palettes.ts'
import { random } from '../random.ts'
import type { Recipe } from '../recipe.ts'
import type { Look } from './look.ts'

/** Usual angles of the screens, radians apart enough to keep moiré low. */
const screenAngles = [0.26, 1.31, 0.78]

/** Riso: three inks as turned dot screens, each a little out of register, on rough paper. */
export function riso(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  const light = evenedLight(source, 0.35)
  const dark = blurPlane(light, width, height, 0.9 * look.unit)
  const next = random(`${recipe.key}/riso`)
  const paper: Rgb = [0.95, 0.925, 0.87]
  const cell = (7.5 + 6 * recipe.wild - recipe.push) * look.unit
  const inks = [rampAt(recipe.stops, 0.14), rampAt(recipe.stops, 0.52), rampAt(recipe.accent, 0.62)]
  const speckle = smoothNoise(`${recipe.key}/speckle`, source, { cells: 190, octaves: 2 })
  const out = blankPicture(width, height)
  out.r.fill(paper[0])
  out.g.fill(paper[1])
  out.b.fill(paper[2])
  for (const [layer, colour] of inks.entries()) {
    const angle = next() * 0.4 + (screenAngles[layer] ?? 0)
    const shift = { x: Math.round((next() - 0.5) * 9 * look.unit), y: Math.round((next() - 0.5) * 9 * look.unit) }
    const cos = (Math.cos(angle) * Math.PI) / cell
    const sin = (Math.sin(angle) * Math.PI) / cell
    for (let y = 0; y < height; y += 1) {
      const sy = Math.max(0, Math.min(height - 1, y + shift.y))
      for (let x = 0; x < width; x += 1) {
        const i = y * width + x
        const s = sy * width + Math.max(0, Math.min(width - 1, x + shift.x))
        const warm = (source.r[s] as number) - (source.b[s] as number)
        const dream = ((look.forms[i] as number) - 0.5) * recipe.wild
        const cover = coverage(layer, { light: dark[s] as number, warm, dream })
        const dots = 0.5 + 0.25 * (Math.cos(x * cos + y * sin) + Math.cos(y * cos - x * sin))
        const amount = smoothstep(-0.07, 0.07, cover - dots) * ((speckle[i] as number) > 0.74 ? 0.72 : 0.97)
        out.r[i] = (out.r[i] as number) * (1 - amount * (1 - colour[0]))
        out.g[i] = (out.g[i] as number) * (1 - amount * (1 - colour[1]))
        out.b[i] = (out.b[i] as number) * (1 - amount * (1 - colour[2]))
      }
    }
  }
  return out
}

/** How much of an ink a pixel takes: dark ink for shadows, the others for mid tones and for warm or dreamt parts. */
function coverage(layer: number, pixel: { light: number; warm: number; dream: number }): number {
  const { light, warm, dream } = pixel
  if (layer === 0) return clamp01((0.62 - light) * 1.75 + 0.02)
  if (layer === 1) return clamp01(0.86 - light * 1.05 + warm * 0.9 + dream * 0.9)
  return clamp01(0.72 - Math.abs(light - 0.55) * 1.3 - warm * 0.5 - dream)
}

/** Glass: cells of one colour between dark leads, brighter towards their middle. */
export function glass(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  recolour(source, recipe, { mix: 0.3 + 0.5 * recipe.wild, even: 0.5, warmth: 0.25, forms: look.forms })
  saturate(source, 1.3 + 0.3 * recipe.push)
  const cell = Math.max(4, (15 + 30 * recipe.wild) * look.unit)
  const sites = glassSites(source, cell, recipe)
  const lead = rampAt(recipe.stops, 0.02)
  const ripple = smoothNoise(`${recipe.key}/ripple`, source, { cells: 60, octaves: 2 })
  const half = (1.5 + 1.2 * recipe.wild) * look.unit
  const out = blankPicture(width, height)
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(y / cell) + 1
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const column = Math.floor(x / cell) + 1
      let first = Infinity
      let second = Infinity
      let owner = 0
      for (let cy = row - 1; cy <= row + 1; cy += 1) {
        for (let cx = column - 1; cx <= column + 1; cx += 1) {
          const site = cy * sites.across + cx
          const dx = (sites.x[site] as number) - x
          const dy = (sites.y[site] as number) - y
          const distance = dx * dx + dy * dy
          if (distance < first) {
            second = first
            first = distance
            owner = site
          } else if (distance < second) second = distance
        }
      }
      const border = Math.sqrt(second) - Math.sqrt(first)
      const open = smoothstep(half * 0.5, half * 1.3, border)
      const glow =
        1.12 - 0.3 * (Math.sqrt(first) / cell) + ((ripple[i] as number) - 0.5) * 0.28 + (border < half * 2.6 ? 0.1 : 0)
      out.r[i] = lead[0] + ((sites.r[owner] as number) * glow - lead[0]) * open
      out.g[i] = lead[1] + ((sites.g[owner] as number) * glow - lead[1]) * open
      out.b[i] = lead[2] + ((sites.b[owner] as number) * glow - lead[2]) * open
    }
  }
  return out
}

type Sites = { across: number; x: Float32Array; y: Float32Array; r: Float32Array; g: Float32Array; b: Float32Array }

function glassSites(source: Picture, cell: number, recipe: Recipe): Sites {
  const across = Math.ceil(source.width / cell) + 3
  const down = Math.ceil(source.height / cell) + 3
  const next = random(`${recipe.key}/glass`)
  const plane = () => new Float32Array(across * down)
  const sites: Sites = { across, x: plane(), y: plane(), r: plane(), g: plane(), b: plane() }
  for (let i = 0; i < sites.x.length; i += 1) {
    const x = ((i % across) - 1 + 0.1 + 0.8 * next()) * cell
    const y = (Math.floor(i / across) - 1 + 0.1 + 0.8 * next()) * cell
    sites.x[i] = x
    sites.y[i] = y
    const sx = Math.max(0, Math.min(source.width - 1, Math.round(x)))
    const sy = Math.max(0, Math.min(source.height - 1, Math.round(y)))
    const at = sy * source.width + sx
    const shade = 0.9 + 0.25 * next()
    sites.r[i] = (source.r[at] as number) * shade
    sites.g[i] = (source.g[at] as number) * shade
    sites.b[i] = (source.b[at] as number) * shade
  }
  return sites
}

/** Glitch: the broken picture itself, in the ramp's colours, with macroblocks and scan lines. */
export function glitch(source: Picture, recipe: Recipe, look: Look): Picture {
  const { width, height } = source
  recolour(source, recipe, { mix: 0.3 + 0.5 * recipe.wild, even: 0.4, warmth: 0.3, forms: look.forms })
  saturate(source, 1.25 + 0.35 * recipe.push)
  const block = Math.max(2, Math.round(16 * look.unit))
  const damage = smoothNoise(`${recipe.key}/damage`, source, { cells: 5, octaves: 3 })
  const limit = 0.72 - 0.2 * recipe.wild - 0.06 * recipe.push
  const line = Math.max(2, Math.round(3 * look.unit))
  for (let y = 0; y < height; y += 1) {
    const dim = y % line === 0 ? 0.86 : 1
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const bx = x - (x % block)
      const by = y - (y % block)
      const corner = by * width + bx
      const broken = (damage[corner] as number) > limit
      const keep = broken ? 0.25 : 1
      // Broken blocks hold one value with a ramp across them, as a decoder's lost detail does.
      const slant = broken ? ((x - bx) / block - 0.5) * 0.16 : 0
      for (const plane of [source.r, source.g, source.b]) {
        const flat = (plane[corner] as number) + slant
        plane[i] = (flat + ((plane[i] as number) - flat) * keep) * dim
      }
    }
  }
  return source
}
