import type { ModelFile } from '#shared/workflows/models.ts'
import type { SafetensorsHeader } from './safetensors-header.ts'

/**
 * What a header says against being the model of the list, in words; empty = it is that model's layout. Files are told
 * by what they hold: two on the market share the name `flux1-dev-fp8.safetensors`.
 */
export function formatFaults(header: Pick<SafetensorsHeader, 'shapes'>, format: ModelFile['format']): string[] {
  const { shapes } = header
  const foreign = format.architecture === 'flux1-lora' && !isLoraOf(header, 'flux1')
  return [
    ...(foreign ? ['is no LoRA of FLUX.1'] : []),
    ...format.keys.filter((name) => !shapes.has(name)).map((name) => `lacks ${name}`),
    ...format.absent.filter((name) => shapes.has(name)).map((name) => `holds ${name}`),
    ...format.axes
      .filter(({ key, axis, length }) => shapes.get(key)?.[axis] !== length)
      .map(
        ({ key, axis, length }) => `${key} has ${shapes.get(key)?.[axis] ?? 'no'} and not ${length} on axis ${axis}`,
      ),
  ]
}

/** A U-Net has blocks down and up; what a LoRA of SDXL's or SD 1.5's changes lies in them, in either spelling. */
const unetLayers = /(input_blocks|middle_block|output_blocks|down_blocks|mid_block|up_blocks)/
/** FLUX.1 as Black Forest Labs and kohya spell it (`double_blocks`), and as diffusers does. */
const fluxLayers = /(double_blocks|single_blocks|single_transformer_blocks|transformer_blocks[._]\d+[._](attn|ff))/

/**
 * Whether a LoRA's tensors belong to `family`; ComfyUI only logs the keys of a foreign one and renders without it, so
 * nobody would notice. False also for a file that is no LoRA.
 */
export function isLoraOf(header: Pick<SafetensorsHeader, 'shapes'>, family: 'flux1' | 'sdxl'): boolean {
  const names = [...header.shapes.keys()].filter((name) => /(lora_(A|B|up|down)|alpha)/.test(name))
  const unet = names.some((name) => unetLayers.test(name))
  // A U-Net's blocks hold `transformer_blocks` too.
  return family === 'sdxl' ? unet : !unet && names.some((name) => fluxLayers.test(name))
}
