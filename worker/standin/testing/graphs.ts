import type { Graph } from '../core/types.ts'

type RemixOptions = {
  side?: number
  seed?: number | string
  steps?: number
  denoise?: number
  guidance?: number
  prompt?: string
  image?: string
  nonce?: string
}

/** A FLUX image-to-image graph like the remix template, small. */
export function remixGraph(options: RemixOptions = {}): Graph {
  const side = options.side ?? 64
  return {
    unet: node('UNETLoader', { unet_name: 'flux1-dev.safetensors', weight_dtype: 'default' }),
    clip: node('DualCLIPLoader', {
      clip_name1: 'clip_l.safetensors',
      clip_name2: 't5xxl_fp16.safetensors',
      type: 'flux',
    }),
    vae: node('VAELoader', { vae_name: 'ae.safetensors' }),
    pos: node('CLIPTextEncode', { clip: ['clip', 0], text: options.prompt ?? 'oil painting at dusk' }),
    guidance: node('FluxGuidance', { conditioning: ['pos', 0], guidance: options.guidance ?? 3.5 }),
    neg: node('ConditioningZeroOut', { conditioning: ['pos', 0] }),
    base: node('LoadImage', { image: options.image ?? 'base.png' }),
    base_fit: node('ImageScale', {
      image: ['base', 0],
      upscale_method: 'lanczos',
      width: side,
      height: side,
      crop: 'center',
    }),
    encode: node('VAEEncode', { pixels: ['base_fit', 0], vae: ['vae', 0] }),
    sampler: node('KSampler', {
      model: ['unet', 0],
      seed: options.seed ?? 1,
      steps: options.steps ?? 3,
      cfg: 1,
      sampler_name: 'euler',
      scheduler: 'simple',
      positive: ['guidance', 0],
      negative: ['neg', 0],
      latent_image: ['encode', 0],
      denoise: options.denoise ?? 0.65,
    }),
    decode: node('VAEDecode', { samples: ['sampler', 0], vae: ['vae', 0] }),
    out: node('PreviewImage', { images: ['decode', 0], forge_nonce: options.nonce ?? 'n' }),
  }
}

export function node(class_type: string, inputs: Record<string, unknown>): Graph[string] {
  return { class_type, inputs, _meta: { title: class_type } }
}
