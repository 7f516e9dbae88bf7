import { recolour, tone } from './colour.ts'
import { corrupt } from './corrupt.ts'
import { dreamForms, imagine } from './dream.ts'
import { finish } from './finish.ts'
import type { PaintJob, Raster } from './job.ts'
import { sceneLight } from './scenes.ts'
import { blurPlane, fromRaster, toRaster } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { paintSurgeon } from './surgeon.ts'
import { chooseRecipe } from './recipe.ts'
import type { Recipe, Technique } from './recipe.ts'
import { paintMashup } from './mashup.ts'
import { paintStyled, stylesOf } from './styled.ts'
import { oil, pastel } from './techniques/brush.ts'
import { ink, neon } from './techniques/light.ts'
import { contour, woodcut } from './techniques/lines.ts'
import type { Look } from './techniques/look.ts'
import { glass, glitch, riso } from './techniques/print.ts'
import { tonic } from './techniques/tonic.ts'

type Draw = (source: Picture, recipe: Recipe, look: Look) => Picture

const draw: Readonly<Record<Technique, Draw>> = { oil, woodcut, neon, ink, riso, glass, glitch, pastel, contour }

/** How much of the corruption each technique can bear before its own marks are lost. */
const breakage: Readonly<Record<Technique, number>> = {
  oil: 0.9,
  woodcut: 0.8,
  neon: 0.85,
  ink: 0.95,
  riso: 0.9,
  glass: 0.6,
  glitch: 1.25,
  pastel: 0.7,
  contour: 0.8,
}

/** Paints a job. Pure: equal jobs give equal bytes. */
export function render(job: PaintJob): Raster {
  const recipe = tamed(chooseRecipe(job), job)
  if (job.mask !== null && job.base !== null) return paintSurgeon(job.base, job.mask, job, recipe)
  const look: Look = { unit: Math.max(job.width, job.height) / 1024, forms: dreamForms(job, recipe.key) }
  const drawn = paint(job, recipe, look)
  const painted = job.lora > 0 ? tonic(drawn, recipe, { look, strength: job.lora }) : drawn
  finish(painted, recipe, look)
  return toRaster(painted)
}

function paint(job: PaintJob, recipe: Recipe, look: Look): Picture {
  const styles = stylesOf(job.styles, look)
  const [hint] = job.hints
  if (styles !== null && hint !== undefined) return paintMashup(hint, styles, { recipe, look })
  const start = startingPicture(job, recipe, look.forms)
  if (styles !== null) return paintStyled(start, styles, job, { recipe, look })
  tone(start, 0.3 + 0.8 * recipe.push)
  const broken = corrupt(start, recipe, breakage[recipe.technique] * (1 + 0.6 * recipe.push))
  imagine(broken, recipe, look.forms)
  for (const structure of job.hints) carve(broken, fromRaster(structure.image), Math.min(1, structure.weight))
  return draw[recipe.technique](broken, recipe, look)
}

/** Given structure keeps the picture from going wild. */
function tamed(recipe: Recipe, job: PaintJob): Recipe {
  const hold = Math.min(
    1,
    job.hints.reduce((sum, hint) => sum + hint.weight, 0),
  )
  // What is imagined from nothing is composed already, and the house look pours what it gets: neither is broken up much.
  const composed = job.base === null && job.hints.length === 0 ? 0.3 : job.lora > 0 ? 0.55 : 1
  return { ...recipe, wild: recipe.wild * composed * (1 - 0.55 * hold) }
}

/** The base image; without one, an imagined scene in the recipe's colours. */
function startingPicture(job: PaintJob, recipe: Recipe, forms: Plane): Picture {
  if (job.base !== null) return fromRaster(job.base)
  const light = sceneLight(job, job.prompt, recipe.key)
  const picture: Picture = { width: job.width, height: job.height, r: light, g: light.slice(), b: light.slice() }
  recolour(picture, recipe, { mix: 1, even: 0.25, warmth: 0, forms })
  return picture
}

/** A hint with less light than this is lines on black, not a relief. */
const sparse = 0.2

/** Draws a structure hint in: lines are laid on bright, a relief takes over brightness. */
function carve(picture: Picture, hint: Picture, weight: number): void {
  const { width, height } = hint
  const mean = hint.g.reduce((sum, value) => sum + value, 0) / hint.g.length
  const lines = mean < sparse
  const shape = lines ? blurPlane(hint.g, width, height, (3 * Math.max(width, height)) / 1024) : hint.g
  const share = (lines ? 0.25 : 0.75) * weight
  const gain = lines ? 2.6 * weight : share
  for (const plane of [picture.r, picture.g, picture.b]) {
    for (let i = 0; i < plane.length; i += 1)
      plane[i] = (plane[i] ?? 0) * (1 - share) + Math.min(1.1, (shape[i] ?? 0) * gain)
  }
}
