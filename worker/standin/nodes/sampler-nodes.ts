import type { PaintJob, Raster } from '../paint/job.ts'
import type { NodeHost, NodeKind } from './evaluate.ts'
import { scale } from './pixels.ts'
import type { Conditioning, Inputs, Latent, Model } from './values.ts'

/** What FLUX guidance a classifier-free scale of SDXL reads like; 7.5 is usual there, 3.5 here. */
const guidancePerCfg = 3.5 / 7.5

/** Latents are made in steps of 8 px. */
const latentStep = 8

/** Edit models run at full denoise and still keep their reference: what that looks like here. */
const editDenoise = 0.6

type Sampling = {
  positive: Conditioning
  negative: Conditioning | null
  model: Model
  latent: Latent
  seed: string
  steps: number
  cfg: number
  denoise: number
}

/** Latents, the samplers over them, and the way back to pixels. */
export const samplerNodes: Readonly<Record<string, NodeKind>> = {
  EmptyLatentImage: emptyLatent,
  EmptySD3LatentImage: emptyLatent,
  EmptyFlux2LatentImage: emptyLatent,
  VAEEncode: async (inputs) => {
    const image = await toLatentSize(inputs.get('pixels', 'image').raster)
    return { outputs: [{ kind: 'latent', width: image.width, height: image.height, image, mask: null }] }
  },
  InpaintModelConditioning: async (inputs) => {
    const image = await toLatentSize(inputs.get('pixels', 'image').raster)
    const mask = await scale(inputs.get('mask', 'mask').raster, { ...image, method: 'bilinear' })
    const latent: Latent = { kind: 'latent', width: image.width, height: image.height, image, mask }
    return { outputs: [inputs.get('positive', 'conditioning'), inputs.get('negative', 'conditioning'), latent] }
  },
  VAEDecode: async (inputs) => {
    const { image, width, height } = inputs.get('samples', 'latent')
    const blank: Raster = { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(127) }
    return { outputs: [{ kind: 'image', raster: image ?? blank }] }
  },
  KSampler: async (inputs, host) =>
    sample(host, {
      positive: inputs.get('positive', 'conditioning'),
      negative: inputs.optional('negative', 'conditioning'),
      model: inputs.get('model', 'model'),
      latent: inputs.get('latent_image', 'latent'),
      seed: inputs.text('seed', '0'),
      steps: inputs.number('steps', 20),
      cfg: inputs.number('cfg', 8),
      denoise: inputs.number('denoise', 1),
    }),
  RandomNoise: async (inputs) => ({ outputs: [{ kind: 'noise', seed: inputs.text('noise_seed', '0') }] }),
  Flux2Scheduler: async (inputs) => ({ outputs: [{ kind: 'sigmas', steps: inputs.number('steps', 20) }] }),
  BasicGuider: async (inputs) => ({
    outputs: [
      {
        kind: 'guider',
        positive: inputs.get('conditioning', 'conditioning'),
        negative: null,
        model: inputs.get('model', 'model'),
        cfg: 1,
      },
    ],
  }),
  SamplerCustomAdvanced: async (inputs, host) => {
    const guider = inputs.get('guider', 'guider')
    const seed = inputs.get('noise', 'noise').seed
    const { steps } = inputs.get('sigmas', 'sigmas')
    const result = await sample(host, {
      ...guider,
      latent: inputs.get('latent_image', 'latent'),
      seed,
      steps,
      denoise: 1,
    })
    return { outputs: [...result.outputs, ...result.outputs] }
  },
}

async function emptyLatent(inputs: Inputs): ReturnType<NodeKind> {
  const size = { width: inputs.number('width', 512), height: inputs.number('height', 512) }
  return { outputs: [{ kind: 'latent', ...size, image: null, mask: null }] }
}

/** Off-grid sizes are cut at the middle, as VAEEncode does. */
async function toLatentSize(image: Raster): Promise<Raster> {
  const snap = (side: number) => Math.max(latentStep, Math.floor(side / latentStep) * latentStep)
  return scale(image, { width: snap(image.width), height: snap(image.height), cover: true })
}

async function sample(host: NodeHost, sampling: Sampling): ReturnType<NodeKind> {
  const raster = await host.sample(await paintJob(sampling), sampling.steps)
  return { outputs: [{ ...sampling.latent, image: raster }] }
}

async function paintJob(sampling: Sampling): Promise<PaintJob> {
  const { positive, negative, model, latent, cfg } = sampling
  const size = { width: latent.width, height: latent.height, cover: true }
  const [reference, ...others] = positive.references
  // An edit model repaints its first reference image; the others are looked at for style.
  const base = latent.image ?? (reference === undefined ? null : await scale(reference, size))
  const edit = reference !== undefined
  return {
    width: latent.width,
    height: latent.height,
    base,
    mask: latent.mask,
    styles: [...model.styles, ...others.map((image) => ({ image, weight: 0.6 }))],
    hints: await Promise.all(
      positive.hints.map(async ({ image, weight, scene }) => ({
        image: await scale(image, size),
        weight,
        scene: scene === null ? null : await scale(scene, size),
      })),
    ),
    prompt: positive.text,
    negative: negative?.text ?? '',
    seed: sampling.seed,
    denoise: edit ? Math.min(editDenoise, sampling.denoise) : sampling.denoise,
    guidance: positive.guidance ?? (cfg > 1 ? cfg * guidancePerCfg : 3.5),
    lora: model.lora,
  }
}
