import type { NodeKind } from './evaluate.ts'

/** FLUX's own conditioning and image nodes. */
export const fluxNodes: Readonly<Record<string, NodeKind>> = {
  FluxGuidance: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    return { outputs: [{ ...source, guidance: inputs.number('guidance', 3.5) }] }
  },
  ReferenceLatent: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    const image = inputs.optional('latent', 'latent')?.image ?? null
    return { outputs: [image === null ? source : { ...source, references: [...source.references, image] }] }
  },
}
