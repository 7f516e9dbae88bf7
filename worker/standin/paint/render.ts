import { recolour, saturate, tone } from './colour.ts'
import { corrupt } from './corrupt.ts'
import { dreamForms, imagine } from './dream.ts'
import { finish } from './finish.ts'
import type { PaintJob, Raster } from './job.ts'
import { blankPicture, fromRaster, toRaster } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { compositeRaster } from './raster-ops.ts'
import { chooseRecipe } from './recipe.ts'
import type { Recipe, Technique } from './recipe.ts'
import { addTexture, styleOf } from './style.ts'
import { oil, pastel } from './techniques/brush.ts'
import { ink, neon } from './techniques/light.ts'
import { contour, woodcut } from './techniques/lines.ts'
import type { Look } from './techniques/look.ts'
import { glass, glitch, riso } from './techniques/print.ts'

type Draw = (source: Picture, recipe: Recipe, look: Look) => Picture

const draw: Readonly<Record<Technique, Draw>> = { oil, woodcut, neon, ink, riso, glass, glitch, pastel, contour }

/** How much of the corruption each technique can bear before its own marks are lost. */
const breakage: Readonly<Record<Technique, number>> = {
  oil: 0.9,
  woodcut: 0.6,
  neon: 0.85,
  ink: 0.6,
  riso: 0.75,
  glass: 0.5,
  glitch: 1.25,
  pastel: 0.7,
  contour: 0.6,
}

/** Paints a job. Pure: equal jobs give equal bytes. */
export function render(job: PaintJob): Raster {
  const chosen = chooseRecipe(job)
  const style = styleOf(job.styles, chosen.key)
  const recipe =
    style === null ? chosen : { ...chosen, stops: style.stops, accent: style.stops, technique: style.technique }
  const look: Look = { unit: Math.max(job.width, job.height) / 1024, forms: dreamForms(job, recipe.key) }
  const start = startingPicture(job, recipe, look.forms)
  tone(start, 0.35 + 0.55 * recipe.push)
  const broken = corrupt(start, recipe, breakage[recipe.technique])
  imagine(broken, recipe, look.forms)
  const painted = draw[recipe.technique](broken, recipe, look)
  if (style !== null) addTexture(painted, style)
  if (job.lora > 0) saturate(painted, 1 + 0.2 * Math.min(2, job.lora))
  finish(painted, recipe, look)
  const raster = toRaster(painted)
  if (job.mask === null || job.base === null) return raster
  return compositeRaster({ destination: job.base, source: raster, mask: job.mask, x: 0, y: 0 })
}

/** The base image; without one, forms out of noise in the recipe's colours, shaped by the structure hints. */
function startingPicture(job: PaintJob, recipe: Recipe, forms: Plane): Picture {
  const picture = job.base === null ? dreamt(job, recipe, forms) : fromRaster(job.base)
  for (const hint of job.hints) carve(picture, fromRaster(hint.image), Math.min(1, hint.weight))
  return picture
}

function dreamt(job: PaintJob, recipe: Recipe, forms: Plane): Picture {
  const picture = blankPicture(job.width, job.height)
  picture.r.set(forms)
  picture.g.set(forms)
  picture.b.set(forms)
  recolour(picture, recipe, { mix: 1, even: 0.5, warmth: 0, forms })
  return picture
}

/** Raises the picture's brightness where a hint is white and lowers it where it is black. */
function carve(picture: Picture, hint: Picture, weight: number): void {
  for (const plane of [picture.r, picture.g, picture.b]) {
    for (let i = 0; i < plane.length; i += 1) {
      const light = hint.g[i] ?? 0
      plane[i] = (plane[i] ?? 0) * (1 - 0.45 * weight) + (light * 0.8 + (plane[i] ?? 0) * light * 0.4) * weight
    }
  }
}
