import type { AssetRow, JobRow, SpecRow } from '#server/adapters/database/rows.ts'
import type { Catalogue } from '#server/adapters/workflows.ts'
import type { JobView } from '#shared/jobs/schema.ts'

/** A size off the grid may come out a little under the area asked for; a plan for less memory takes half of it. */
const shrunk = 0.75

type Made = {
  row: Pick<JobRow, 'mode' | 'variant' | 'remote'>
  spec: Pick<SpecRow, 'params'>
  output: Pick<AssetRow, 'width' | 'height'> | undefined
}

/**
 * Why a finished image is smaller than its mode makes them: the card had no room for more, or free images were smaller
 * that day. Null when it is not, when a repaint keeps the size of its image, and of providers, who choose their own.
 */
export function smallerOf({ row, spec, output }: Made, catalogue: Pick<Catalogue, 'template'>): JobView['smaller'] {
  const variant = catalogue.template(row.mode, row.variant)?.variant
  if (output === undefined || variant === undefined || variant.repaints || row.remote?.provider !== undefined)
    return null
  const wanted = Math.min(variant.pixels, spec.params['maxPixels'] ?? variant.pixels)
  if (output.width * output.height < wanted * shrunk) return 'memory'
  return wanted < variant.pixels ? 'saving' : null
}
