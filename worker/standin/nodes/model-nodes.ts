import type { NodeKind } from './evaluate.ts'
import type { Hint, StyleRef } from '../paint/job.ts'
import type { Conditioning, ImageValue, Model } from './values.ts'
import { plain } from './values.ts'

const freshModel: Model = { kind: 'model', styles: [], lora: 0 }

function loader(...names: string[]): NodeKind {
  return async (inputs, host) => {
    for (const name of names) await host.load(inputs.text(name))
    return { outputs: [plain] }
  }
}

/** Loaders and the nodes that change a model or a text's conditioning. */
export const modelNodes: Readonly<Record<string, NodeKind>> = {
  CheckpointLoaderSimple: async (inputs, host) => {
    await host.load(inputs.text('ckpt_name'))
    return { outputs: [freshModel, plain, plain] }
  },
  UNETLoader: async (inputs, host) => {
    await host.load(inputs.text('unet_name'))
    return { outputs: [freshModel] }
  },
  DualCLIPLoader: loader('clip_name1', 'clip_name2'),
  CLIPLoader: loader('clip_name'),
  VAELoader: loader('vae_name'),
  ControlNetLoader: loader('control_net_name'),
  CLIPVisionLoader: loader('clip_name'),
  IPAdapterModelLoader: loader('ipadapter_file'),
  LoadDA3Model: loader('model_name'),
  LoraLoaderModelOnly: async (inputs, host) => {
    await host.load(inputs.text('lora_name'))
    const model = inputs.get('model', 'model')
    return { outputs: [{ ...model, lora: model.lora + inputs.number('strength_model', 1) }] }
  },
  CLIPTextEncode: async (inputs) => ({ outputs: [conditioning(inputs.text('text'))] }),
  TextEncodeQwenImageEditPlus: async (inputs) => {
    const references = inputs.all('image').map((image) => image.raster)
    return { outputs: [{ ...conditioning(inputs.text('prompt')), references }] }
  },
  ConditioningZeroOut: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    return { outputs: [{ ...source, text: '' }] }
  },
  ControlNetApplyAdvanced: async (inputs) => {
    const { raster, scene } = inputs.get('image', 'image')
    // A strength is meant for the usual first four fifths of the steps.
    const part = (inputs.number('end_percent', 1) - inputs.number('start_percent')) / 0.8
    const weight = inputs.number('strength', 1) * Math.max(0, Math.min(1, part))
    const hint: Hint = { image: raster, weight, scene: scene ?? null }
    const add = (name: string): Conditioning => {
      const source = inputs.get(name, 'conditioning')
      return { ...source, hints: [...source.hints, hint] }
    }
    return { outputs: [add('positive'), add('negative')] }
  },
  IPAdapterEncoder: async (inputs) => {
    const style = styleRef(inputs.get('image', 'image'), inputs.number('weight', 1))
    return {
      outputs: [
        { kind: 'embeds', styles: [style] },
        { kind: 'embeds', styles: [] },
      ],
    }
  },
  IPAdapterCombineEmbeds: async (inputs) => {
    const styles = inputs.all('embeds').flatMap((embeds) => embeds.styles)
    return { outputs: [{ kind: 'embeds', styles }] }
  },
  IPAdapterEmbeds: async (inputs) => {
    const model = inputs.get('model', 'model')
    const weight = inputs.number('weight', 1)
    const styles = inputs
      .get('pos_embed', 'embeds')
      .styles.map((style) => ({ ...style, weight: style.weight * weight }))
    return { outputs: [{ ...model, styles: [...model.styles, ...styles] }] }
  },
}

function styleRef({ raster, scene }: ImageValue, weight: number): StyleRef {
  return { image: scene ?? raster, weight }
}

function conditioning(text: string): Conditioning {
  return { kind: 'conditioning', text, guidance: null, hints: [], references: [] }
}
