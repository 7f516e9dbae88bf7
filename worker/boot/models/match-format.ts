import type { ModelFile } from '#shared/workflows/models.ts'
import type { SafetensorsHeader } from './safetensors-header.ts'

/**
 * What a header says against being the model of the list, in words; empty = it is that model's layout. Files are told
 * by what they hold: two on the market share the name `flux1-dev-fp8.safetensors`.
 */
export function formatFaults(header: Pick<SafetensorsHeader, 'shapes'>, format: ModelFile['format']): string[] {
  const { shapes } = header
  return [
    ...format.keys.filter((name) => !shapes.has(name)).map((name) => `lacks ${name}`),
    ...format.absent.filter((name) => shapes.has(name)).map((name) => `holds ${name}`),
    ...format.axes
      .filter(({ key, axis, length }) => shapes.get(key)?.[axis] !== length)
      .map(
        ({ key, axis, length }) => `${key} has ${shapes.get(key)?.[axis] ?? 'no'} and not ${length} on axis ${axis}`,
      ),
  ]
}

/** LoRA files name the layers that they change: blocks of FLUX's transformer, or of SDXL's U-Net. */
const loraLayers = {
  flux1: /(double_blocks|single_blocks|single_transformer_blocks|transformer_blocks\.\d+\.(attn|ff))/,
  sdxl: /(lora_unet_|input_blocks|output_blocks|down_blocks|up_blocks)/,
} as const

/**
 * Whether a LoRA's tensors belong to `family`; ComfyUI only logs the keys of a foreign one and renders without it, so
 * nobody would notice. False also for a file that is no LoRA.
 */
export function isLoraOf(header: Pick<SafetensorsHeader, 'shapes'>, family: keyof typeof loraLayers): boolean {
  const names = [...header.shapes.keys()].filter((name) => /(lora_(A|B|up|down)|alpha)/.test(name))
  const other = family === 'flux1' ? loraLayers.sdxl : loraLayers.flux1
  return names.some((name) => loraLayers[family].test(name)) && !names.some((name) => other.test(name))
}
