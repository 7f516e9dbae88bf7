import { recolour, saturate, tone } from './colour.ts'
import { continued } from './continue.ts'
import { drift } from './corrupt.ts'
import { dreamForms, imagine } from './dream.ts'
import type { PaintJob, Raster } from './job.ts'
import { blurPlane, fromRaster, smoothstep, toRaster } from './picture.ts'
import type { Picture, Plane } from './picture.ts'
import { compositeRaster } from './raster-ops.ts'
import type { Recipe } from './recipe.ts'

/** Words that ask for nothing new in the hole. */
const removal = new Set('remove removed erase empty nothing clean background without gone'.split(' '))

/**
 * Surgeon: with no prompt, or one that asks for removal, the masked part is continued from what is around it. Else the
 * prompt's colours and forms repaint what was there, and what is around grows in from the rim. Outside the mask the
 * picture stays as it is.
 * @param mask 1 channel, white = repaint, as large as the base
 */
export function paintSurgeon(base: Raster, mask: Raster, job: PaintJob, recipe: Recipe): Raster {
  const soft = Float32Array.from(mask.data, (value) => value / 255)
  const work = fromRaster(base)
  const filled = continued(work, soft, recipe.key) ?? work
  const words = job.prompt
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean)
  if (words.length > 0 && !words.some((word) => removal.has(word))) retell(filled, work, soft, { job, recipe })
  return compositeRaster({ destination: base, source: toRaster(filled), mask, x: 0, y: 0 })
}

/** Paints the prompt's colours and forms over the middle of the hole. */
function retell(filled: Picture, work: Picture, mask: Plane, by: { job: PaintJob; recipe: Recipe }): void {
  const { width, height } = filled
  const { job, recipe } = by
  const inside = blurPlane(mask, width, height, Math.sqrt(mask.reduce((sum, value) => sum + value, 0)) / 14)
  const forms = dreamForms(job, recipe.key)
  const told = drift(work, recipe, 0.3)
  for (const [to, from] of [
    [told.r, filled.r],
    [told.g, filled.g],
    [told.b, filled.b],
  ] as const) {
    for (let i = 0; i < to.length; i += 1) to[i] = 0.7 * (to[i] as number) + 0.3 * (from[i] as number)
  }
  imagine(told, { ...recipe, wild: 0.4 }, forms)
  tone(told, 0.5 + 0.4 * recipe.push)
  recolour(told, { ...recipe, wild: 0.3 }, { mix: 0.85, even: 0.2, warmth: 0.12, forms })
  saturate(told, 1.15)
  for (let i = 0; i < inside.length; i += 1) {
    const share = Math.min(1, 1.1 * job.denoise) * smoothstep(0.4, 0.85, inside[i] as number)
    filled.r[i] = (filled.r[i] as number) * (1 - share) + (told.r[i] as number) * share
    filled.g[i] = (filled.g[i] as number) * (1 - share) + (told.g[i] as number) * share
    filled.b[i] = (filled.b[i] as number) * (1 - share) + (told.b[i] as number) * share
  }
}
