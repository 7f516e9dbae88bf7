import { evenedLight, saturate, tone } from './colour.ts'
import { drift } from './corrupt.ts'
import { imagine } from './dream.ts'
import type { PaintJob, StyleRef } from './job.ts'
import { coloursOf, pooled, transferPalette } from './palette-transfer.ts'
import { blurPicture, clamp01, fromRaster, resizePicture } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import type { Recipe } from './recipe.ts'
import type { Look } from './techniques/look.ts'
import { atlasOf, weave } from './weave.ts'
import type { Atlas } from './weave.ts'

/** What is taken from the style images, each by its share (they add to 1); `strength` is the heaviest weight. */
export type Styles = { pictures: { picture: Picture; share: number }[]; strength: number }

/** Side of a style image as it lies in a picture, pixels of a 1024 px picture. */
const styleSide = 512

/** The style images that count, brought to the scale of the picture; null when none does. */
export function stylesOf(refs: readonly StyleRef[], look: Look): Styles | null {
  const used = refs.filter((ref) => ref.weight > 0.01)
  if (used.length === 0) return null
  const total = used.reduce((sum, ref) => sum + ref.weight, 0)
  const width = Math.max(64, Math.round(styleSide * look.unit))
  const pictures = used.map(({ image, weight }) => {
    const height = Math.max(32, Math.round((width * image.height) / image.width))
    return { picture: opened(resizePicture(fromRaster(image), { width, height })), share: weight / total }
  })
  return { pictures, strength: Math.min(1.2, Math.max(...used.map((ref) => ref.weight))) }
}

/** Part of the way to an even spread of light: a night sky keeps its colours and gains tones to build a picture from. */
function opened(picture: Picture): Picture {
  const light = evenedLight(picture, 0)
  const mean = light.reduce((sum, value) => sum + value, 0) / light.length
  const amount = 0.2 + 1.2 * Math.abs(mean - 0.5)
  const even = evenedLight(picture, amount)
  for (const plane of [picture.r, picture.g, picture.b]) {
    for (let i = 0; i < plane.length; i += 1) {
      const gain = Math.min(4, ((even[i] as number) + 0.02) / ((light[i] as number) + 0.02))
      plane[i] = (plane[i] as number) * gain
    }
  }
  // Tones that were lifted out of the dark have less colour than their neighbours.
  saturate(picture, 1 + Math.max(0, amount - 0.3))
  return picture
}

export function atlasFor(styles: Styles, look: Look): Atlas {
  return atlasOf(styles.pictures, styleSide * look.unit)
}

/** Colours of all style images together, each in proportion to its share. */
export function sharedColours(styles: Styles): Float32Array {
  return pooled(styles.pictures.map(({ picture, share }) => ({ cloud: coloursOf(picture), share })))
}

/**
 * Style: the base image in the styles' colours, rebuilt from pieces of them. Weight and denoise together say how far:
 * first colour, then fine texture, at the end every shape is made of style.
 */
export function paintStyled(base: Picture, styles: Styles, job: PaintJob, by: { recipe: Recipe; look: Look }): Picture {
  const { recipe, look } = by
  tone(base, 0.3 + 0.4 * recipe.push)
  const bent = drift(base, recipe, 0.1 + 0.35 * recipe.wild)
  imagine(bent, recipe, look.forms)
  const far = styles.strength * (0.35 + 0.8 * job.denoise)
  transferPalette(bent, sharedColours(styles), {
    colour: clamp01(0.3 + far),
    light: clamp01(0.1 + 0.6 * far),
    key: recipe.key,
  })
  const woven = weave(bent, atlasFor(styles, look), { colour: 0.7, key: recipe.key })
  return byBands(bent, woven, {
    coarse: 0.9 * clamp01((far - 0.3) / 0.5),
    fine: clamp01(far / 0.6),
    sigma: 9 * look.unit,
  })
}

/** Mixes two pictures with different shares for their large forms and for their fine structure. */
export function byBands(a: Picture, b: Picture, mix: { coarse: number; fine: number; sigma: number }): Picture {
  const softA = blurPicture(a, mix.sigma)
  const softB = blurPicture(b, mix.sigma)
  const join = (x: Plane, y: Plane, u: Plane, v: Plane) => {
    for (let i = 0; i < x.length; i += 1) {
      const low = u[i] as number
      const other = v[i] as number
      const fine = (x[i] as number) - low
      const detail = (y[i] as number) - other
      x[i] = low + (other - low) * mix.coarse + fine + (detail - fine) * mix.fine
    }
  }
  join(a.r, b.r, softA.r, softB.r)
  join(a.g, b.g, softA.g, softB.g)
  join(a.b, b.b, softA.b, softB.b)
  return a
}
