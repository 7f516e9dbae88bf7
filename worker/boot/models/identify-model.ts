import type { SafetensorsHeader } from './safetensors-header.ts'

/** What a file of weights is, whatever it is called. `unknown` is no fault by itself: the list may not ask for more. */
export const architectures = [
  'sdxl-checkpoint',
  'sdxl-unet',
  'flux1-dev',
  'flux1-schnell',
  'flux1-fill',
  'clip-l',
  't5',
  'vae',
  'taesd',
  'controlnet',
  'ip-adapter',
  'clip-vision',
  'flux1-lora',
  'sdxl-lora',
  'unknown',
] as const
export type Architecture = (typeof architectures)[number]

type Shapes = SafetensorsHeader['shapes']

/** Columns of the 2-D (or 4-D convolution) weight of that name. */
function columns(shapes: Shapes, name: string): number | undefined {
  return shapes.get(name)?.[1]
}

function someKey(shapes: Shapes, pattern: RegExp): boolean {
  return [...shapes.keys()].some((name) => pattern.test(name))
}

const packedLatent = 64
const sdxlContext = 'label_emb.0.0.weight'

/**
 * FLUX.1 by its state dict, as ComfyUI tells them apart: `guidance_in` is only in dev, and `img_in` reads 64 columns of
 * packed latent (Fill 384: with the masked image and the mask).
 */
function fluxOf(shapes: Shapes, prefix: string): Architecture {
  const read = columns(shapes, `${prefix}img_in.weight`)
  if (read !== undefined && read > packedLatent) return 'flux1-fill'
  return someKey(shapes, /guidance_in\./) ? 'flux1-dev' : 'flux1-schnell'
}

function loraOf(shapes: Shapes): Architecture {
  if (someKey(shapes, /double_blocks|single_blocks|single_transformer_blocks|(^|\.)transformer\./)) return 'flux1-lora'
  return someKey(shapes, /lora_unet_|input_blocks|down_blocks/) ? 'sdxl-lora' : 'unknown'
}

/** Names a model by the tensors it holds: two files on the market share the name `flux1-dev-fp8.safetensors`. */
export function identifyModel({ shapes }: Pick<SafetensorsHeader, 'shapes'>): Architecture {
  const has = (name: string) => shapes.has(name)
  if (someKey(shapes, /\.(lora_down|lora_up|lora_A|lora_B)\.(default\.)?weight$/)) return loraOf(shapes)
  if (someKey(shapes, /^conditioner\.embedders\.1\./)) return 'sdxl-checkpoint'
  const fluxKey = 'double_blocks.0.img_attn.norm.key_norm.scale'
  for (const prefix of ['', 'model.diffusion_model.']) {
    if (has(prefix + fluxKey)) return fluxOf(shapes, prefix)
  }
  if (someKey(shapes, /^(ip_adapter\.|image_proj\.)/)) return 'ip-adapter'
  if (someKey(shapes, /^(zero_convs\.|input_hint_block\.|controlnet_cond_embedding\.|control_add_embedding\.)/)) {
    return 'controlnet'
  }
  if (has(sdxlContext) || has(`model.diffusion_model.${sdxlContext}`) || has('add_embedding.linear_1.weight')) {
    return 'sdxl-unet'
  }
  if (someKey(shapes, /^(vision_model\.|visual\.)/)) return 'clip-vision'
  if (someKey(shapes, /^encoder\.block\.0\.layer\.0\.SelfAttention\./)) return 't5'
  if (someKey(shapes, /^(text_model\.|transformer\.text_model\.)/)) return 'clip-l'
  if (someKey(shapes, /^taesd_(encoder|decoder)\./)) return 'taesd'
  return someKey(shapes, /^(decoder\.conv_in|decoder\.mid\.)/) ? 'vae' : 'unknown'
}
