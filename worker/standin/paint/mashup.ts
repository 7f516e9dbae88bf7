import { evenedLight, tone } from './colour.ts'
import { drift } from './corrupt.ts'
import type { Hint } from './job.ts'
import { transferPalette } from './palette-transfer.ts'
import { blurPicture, blurPlane, clamp01, fromRaster, luminance, resizePicture, smoothstep } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import type { Recipe } from './recipe.ts'
import { atlasFor, byBands, sharedColours } from './styled.ts'
import type { Styles } from './styled.ts'
import type { Look } from './techniques/look.ts'
import { weave } from './weave.ts'

type By = { recipe: Recipe; look: Look }

/** A control strength at which the composition is kept as well as it can be. */
const fullControl = 0.7

/** A hint with less light than this is lines on black, not a relief. */
const sparse = 0.2

/**
 * Mashup: the composition's structure, built from pieces of the styles. The weaker the control, the further the
 * structure drifts and gives way to the styles' own layout; the heavier the styles, the less of their pieces is mixed
 * with plain colour. Lines become contours, a relief becomes stacked sheets that throw shadows.
 */
export function paintMashup(hint: Hint, styles: Styles, by: By): Picture {
  const { recipe, look } = by
  const control = clamp01(hint.weight / fullControl)
  const loose = 0.06 + 1.1 * (1 - control) ** 1.2
  const shape = drift(fromRaster(hint.image), recipe, loose)
  const lines = mean(shape.g) < sparse
  const scene = hint.scene === null ? shape : drift(fromRaster(hint.scene), recipe, loose)
  const sheets = lines ? null : sheetHeights(shape.g, scene, look)
  const light = evenedLight(scene, 0.5)
  if (sheets !== null)
    for (let i = 0; i < light.length; i += 1) light[i] = sheetLight(light[i] as number, sheets[i] as number)
  const start = laidOut(light, scene, styles, { control, look })
  tone(start, 0.35 + 0.5 * recipe.push)
  transferPalette(start, sharedColours(styles), { colour: 1, light: 0.75, key: recipe.key })
  const woven = weave(start, atlasFor(styles, look), { colour: 0.55, key: recipe.key })
  const far = clamp01((styles.strength - 0.35) / 0.5)
  const painted = byBands(start, woven, { coarse: 0.25 + 0.75 * far, fine: 0.55 + 0.45 * far, sigma: 9 * look.unit })
  if (sheets === null) contour(painted, shape.g, { amount: 0.95 * control ** 1.5, look })
  else shadows(painted, sheets, { amount: 0.3 + 0.5 * control, look })
  return painted
}

function mean(plane: Plane): number {
  return plane.reduce((sum, value) => sum + value, 0) / plane.length
}

/**
 * The heaviest style's layout, stretched over the canvas and softened, lit by the structure as far as control reaches
 * and by dreamt forms where it does not.
 */
function laidOut(light: Plane, size: Picture, styles: Styles, by: { control: number; look: Look }): Picture {
  const { width, height } = size
  const heaviest = styles.pictures.reduce((a, b) => (b.share > a.share ? b : a))
  const out = blurPicture(resizePicture(heaviest.picture, { width, height }), 14 * by.look.unit)
  const own = luminance(out)
  const hold = 0.3 + 0.65 * by.control
  const dream = 0.7 * (1 - by.control)
  for (let i = 0; i < own.length; i += 1) {
    const l = own[i] as number
    const shape = (light[i] as number) + ((by.look.forms[i] as number) - 0.5) * dream
    const gain = Math.max(0.15, Math.min(4, (l + (shape - l) * hold + 0.03) / (l + 0.03)))
    out.r[i] = (out.r[i] as number) * gain
    out.g[i] = (out.g[i] as number) * gain
    out.b[i] = (out.b[i] as number) * gain
  }
  return out
}

/** Draws lines as dark contours that are thinner where control is weak. */
function contour(picture: Picture, lines: Plane, by: { amount: number; look: Look }): void {
  const { width, height } = picture
  const soft = blurPlane(lines, width, height, 1.1 * by.look.unit)
  for (let i = 0; i < soft.length; i += 1) {
    const keep = 1 - by.amount * smoothstep(0.08, 0.55, soft[i] as number)
    picture.r[i] = (picture.r[i] as number) * keep
    picture.g[i] = (picture.g[i] as number) * keep
    picture.b[i] = (picture.b[i] as number) * keep
  }
}

/** Sheets of paper that a relief is cut into. */
const sheetCount = 6

/** For each pixel the height of its sheet, 0 … 1: the relief, evened and smoothed, in steps. */
function sheetHeights(relief: Plane, size: Picture, look: Look): Plane {
  const { width, height } = size
  const even = evenedLight({ width, height, r: relief, g: relief, b: relief }, 0.8)
  const smooth = blurPlane(even, width, height, 4 * look.unit)
  return smooth.map((value) => Math.min(sheetCount - 1, Math.floor(clamp01(value) * sheetCount)) / (sheetCount - 1))
}

function sheetLight(scene: number, height: number): number {
  return 0.45 * scene + 0.55 * (0.12 + 0.8 * height)
}

/** Every sheet throws a soft shadow on those below it, and its cut edge catches light. */
function shadows(picture: Picture, sheets: Plane, by: { amount: number; look: Look }): void {
  const { width, height } = picture
  const soft = blurPlane(sheets, width, height, 7 * by.look.unit)
  const crisp = blurPlane(sheets, width, height, 1.2 * by.look.unit)
  const dx = Math.round(7 * by.look.unit)
  const dy = Math.round(9 * by.look.unit)
  for (let y = 0; y < height; y += 1) {
    const above = Math.max(0, y - dy) * width
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const own = sheets[i] as number
      const dark = clamp01(((soft[above + Math.max(0, x - dx)] as number) - own) * 4)
      const rim = clamp01((own - (crisp[i] as number)) * 4)
      const gain = 1 - by.amount * 0.75 * dark + by.amount * 0.5 * rim
      picture.r[i] = (picture.r[i] as number) * gain
      picture.g[i] = (picture.g[i] as number) * gain
      picture.b[i] = (picture.b[i] as number) * gain
    }
  }
}
