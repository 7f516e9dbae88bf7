import type { NewJob } from '#server/adapters/database/port.ts'
import type { Template } from '#server/adapters/workflows.ts'
import { ForgeError } from '#shared/errors.ts'
import type { CreateInput } from '#shared/jobs/schema.ts'
import type { Manifest } from '#shared/workflows/manifest.ts'

const seeds = 2n ** 64n

export type Plan = {
  input: CreateInput
  template: Template
  /** Seed of the first image, when the request names none. */
  drawnSeed: string
  newId: () => string
}

/** The jobs of one press: everything that costs or weighs comes from the template, only wishes from the request. */
export function planJobs({ input, template, drawnSeed, newId }: Plan): NewJob[] {
  const { manifest, variant } = template
  checkRoles(manifest, input)
  const first = BigInt(input.seed ?? drawnSeed)
  return Array.from({ length: input.count }, (_, ordinal) => ({
    id: newId(),
    mode: manifest.mode,
    variant: variant.key,
    model_key: variant.modelKey,
    price: manifest.price,
    steps: variant.steps,
    prompt: input.prompt,
    negative: '',
    creativity: input.creativity,
    chaos: input.chaos,
    seed: ((first + BigInt(ordinal)) % seeds).toString(),
    // The work image's size follows from the base image when the graph is bound (shared/workflows/size.ts).
    params: {},
    inputs: input.inputs.map(({ assetId, role, weight }, order) => ({ asset_id: assetId, role, weight, order })),
    mask: null,
    workflow_hash: template.hash,
  }))
}

/** Throws INVALID_INPUT {path, role, min, max} when a role has too few or too many images, or is not the mode's. */
function checkRoles(manifest: Manifest, input: CreateInput): void {
  const counts = Map.groupBy(input.inputs, ({ role }) => role)
  for (const { role, min, max } of manifest.inputs) {
    const count = counts.get(role)?.length ?? 0
    if (count < min || count > max) throw new ForgeError('INVALID_INPUT', { path: 'inputs', role, min, max })
    counts.delete(role)
  }
  for (const role of counts.keys()) throw new ForgeError('INVALID_INPUT', { path: 'inputs', role, min: 0, max: 0 })
}
