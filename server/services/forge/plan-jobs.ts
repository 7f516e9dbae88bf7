import type { NewJob } from '#server/adapters/database/port.ts'
import type { Template } from '#server/adapters/workflows.ts'
import type { CreateInput } from '#shared/jobs/schema.ts'
import type { Variant } from '#shared/workflows/manifest.ts'

const seeds = 2n ** 64n

export type Plan = {
  input: CreateInput
  template: Template
  /** Seed of the first image, when the request names none. */
  drawnSeed: string
  newId: () => string
  /** At most so many pixels, where nothing but the size depends on it; null = the variant's own. */
  maxPixels: number | null
}

/**
 * The jobs of one press: everything that costs or weighs comes from the template, only wishes from the request. A wish
 * that the template has no place for (a negative, a shape that an image gives) is left out, so that the job shows what
 * it was made with.
 */
export function planJobs({ input, template, drawnSeed, newId, maxPixels }: Plan): NewJob[] {
  const { manifest, variant } = template
  const first = BigInt(input.seed ?? drawnSeed)
  const { mask } = input
  return Array.from({ length: input.count }, (_, ordinal) => ({
    id: newId(),
    mode: manifest.mode,
    variant: variant.key,
    model_key: variant.modelKey,
    price: manifest.price,
    steps: variant.steps,
    prompt: input.prompt,
    negative: variant.fields.negative.length > 0 ? input.negative : '',
    creativity: input.creativity,
    chaos: input.chaos,
    seed: ((first + BigInt(ordinal)) % seeds).toString(),
    params: { ...shapeOf(variant, input), ...sizeOf(variant, maxPixels) },
    inputs: input.inputs.map(({ assetId, role, weight }, order) => ({ asset_id: assetId, role, weight, order })),
    mask: mask === null ? null : { asset_id: mask.assetId, grow: mask.grow, feather: mask.feather },
    workflow_hash: template.hash,
    again_of: input.againOf ?? null,
  }))
}

/** Width over height where no image gives it; else the size follows when the graph is bound (shared/workflows/size.ts). */
function shapeOf(variant: Variant, input: CreateInput): Record<string, number> {
  const given = input.inputs.some(({ role }) => role === variant.sizeFrom)
  return given ? {} : { aspect: input.aspect ?? 1 }
}

/** A variant that repaints returns every pixel outside the mask, so its size is the image's own. */
function sizeOf(variant: Variant, maxPixels: number | null): Record<string, number> {
  return maxPixels === null || variant.repaints ? {} : { maxPixels }
}
