import { recolour, saturate } from '../colour.ts'
import { flowOf } from '../flow.ts'
import { blankPicture, blurPicture, luminance } from '../picture.ts'
import type { Picture } from '../picture.ts'
import { rampAt } from '../palettes.ts'
import type { Rgb } from '../palettes.ts'
import type { Recipe } from '../recipe.ts'
import { canvasOf, litPicture, paintStrokes } from '../strokes.ts'
import type { BrushLayer } from '../strokes.ts'
import type { Look } from './look.ts'

/** Oil: thick strokes over a toned ground, lit as paint. */
export function oil(source: Picture, recipe: Recipe, look: Look): Picture {
  recolour(source, recipe, { mix: 0.24 + 0.5 * recipe.wild, even: 0.35, warmth: 0.16, forms: look.forms })
  saturate(source, 1.12 + 0.25 * recipe.push)
  const size = look.unit * (0.72 + 0.75 * recipe.wild)
  const layers: BrushLayer[] = [
    { radius: 30 * size, threshold: 0, opacity: 0.95, length: 5, cover: 2.2 },
    { radius: 14 * size, threshold: 0.07, opacity: 0.95, length: 5, cover: 2 },
    { radius: 6.5 * size, threshold: 0.1 + 0.06 * recipe.wild, opacity: 0.92, length: 6, cover: 1.8 },
    { radius: 2.8 * size, threshold: 0.15 + 0.2 * recipe.wild, opacity: 0.9, length: 6, cover: 1.6 },
  ]
  return brushed(source, recipe, look, {
    layers,
    jitter: 0.2 + 0.22 * recipe.wild,
    bristle: 0.75,
    ground: 0.3,
    light: 0.95 + 0.4 * recipe.push,
  })
}

/** Pastel: light, broken strokes on pale paper that shows between them. */
export function pastel(source: Picture, recipe: Recipe, look: Look): Picture {
  recolour(
    source,
    { ...recipe, stops: recipe.stops.map(soften), accent: recipe.accent.map(soften) },
    { mix: 0.3 + 0.45 * recipe.wild, even: 0.45, warmth: 0.2, forms: look.forms },
  )
  saturate(source, 1.1 + 0.2 * recipe.push)
  const size = look.unit * (0.8 + 0.6 * recipe.wild)
  const layers: BrushLayer[] = [
    { radius: 20 * size, threshold: 0.02, opacity: 0.5, length: 4, cover: 1.8 },
    { radius: 9 * size, threshold: 0.05, opacity: 0.55, length: 5, cover: 1.8 },
    { radius: 4 * size, threshold: 0.09, opacity: 0.6, length: 6, cover: 1.8 },
    { radius: 1.9 * size, threshold: 0.15 + 0.1 * recipe.wild, opacity: 0.7, length: 7, cover: 1.5 },
  ]
  return brushed(source, recipe, look, {
    layers,
    jitter: 0.26 + 0.2 * recipe.wild,
    bristle: 1,
    ground: 0.93,
    light: 0.28,
  })
}

/** A colour as chalk on pale paper shows it. */
function soften([r, g, b]: Rgb): Rgb {
  return [0.12 + r * 0.88, 0.12 + g * 0.88, 0.14 + b * 0.86]
}

type Manner = { layers: readonly BrushLayer[]; jitter: number; bristle: number; ground: number; light: number }

function brushed(source: Picture, recipe: Recipe, look: Look, manner: Manner): Picture {
  const flow = flowOf(luminance(source), source, {
    sigma: 9 * look.unit,
    swirl: 0.15 + 0.75 * recipe.wild,
    key: recipe.key,
  })
  const canvas = canvasOf(ground(source, recipe, manner.ground))
  paintStrokes(source, canvas, flow, {
    layers: manner.layers,
    jitter: manner.jitter,
    bristle: manner.bristle,
    key: recipe.key,
  })
  // Ridges of a small picture are a pixel wide: full light would only make noise of them.
  return litPicture(canvas, manner.light * Math.min(1, 0.3 + look.unit))
}

function ground(source: Picture, recipe: Recipe, place: number): Picture {
  const [r, g, b] = rampAt(recipe.stops, place)
  const blurred = blurPicture(source, Math.max(source.width, source.height) / 30)
  const picture = blankPicture(source.width, source.height)
  for (let i = 0; i < picture.r.length; i += 1) {
    picture.r[i] = r * 0.75 + (blurred.r[i] as number) * 0.25
    picture.g[i] = g * 0.75 + (blurred.g[i] as number) * 0.25
    picture.b[i] = b * 0.75 + (blurred.b[i] as number) * 0.25
  }
  return picture
}
