import type { NodeKind } from './evaluate.ts'
import { scale } from './pixels.ts'

/** About one megapixel, where Kontext works. */
const kontextPixels = 1024 * 1024

/** FLUX's own conditioning and image nodes. */
export const fluxNodes: Readonly<Record<string, NodeKind>> = {
  FluxGuidance: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    return { outputs: [{ ...source, guidance: inputs.number('guidance', 3.5) }] }
  },
  StyleModelApply: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    const strength = inputs.number('strength', 1)
    const styles = (inputs.optional('clip_vision_output', 'embeds')?.styles ?? []).map((style) => ({
      ...style,
      weight: style.weight * strength,
    }))
    return { outputs: [{ ...source, styles: [...source.styles, ...styles] }] }
  },
  CLIPVisionEncode: async (inputs) => {
    const style = { image: inputs.get('image', 'image').raster, weight: 1 }
    return { outputs: [{ kind: 'embeds', styles: [style] }] }
  },
  ReferenceLatent: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    const image = inputs.optional('latent', 'latent')?.image ?? null
    return { outputs: [image === null ? source : { ...source, references: [...source.references, image] }] }
  },
  FluxKontextImageScale: async (inputs) => {
    const { raster } = inputs.get('image', 'image')
    const ratio = Math.sqrt(kontextPixels / (raster.width * raster.height))
    const snap = (side: number) => Math.max(16, Math.round((side * ratio) / 16) * 16)
    const size = { width: snap(raster.width), height: snap(raster.height), cover: true }
    return { outputs: [{ kind: 'image', raster: await scale(raster, size) }] }
  },
}
