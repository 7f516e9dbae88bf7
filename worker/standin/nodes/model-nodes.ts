import type { NodeKind } from './evaluate.ts'
import type { Conditioning, Model } from './values.ts'
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
  StyleModelLoader: loader('style_model_name'),
  IPAdapterModelLoader: loader('ipadapter_file'),
  LoadDA3Model: loader('model_name'),
  LoraLoaderModelOnly: async (inputs, host) => {
    await host.load(inputs.text('lora_name'))
    const model = inputs.get('model', 'model')
    return { outputs: [{ ...model, lora: model.lora + inputs.number('strength_model', 1) }] }
  },
  CLIPTextEncode: async (inputs) => ({ outputs: [conditioning(inputs.text('text'))] }),
  ConditioningZeroOut: async (inputs) => {
    const source = inputs.get('conditioning', 'conditioning')
    return { outputs: [{ ...source, text: '' }] }
  },
  ControlNetApplyAdvanced: async (inputs) => {
    const hint = { image: inputs.get('image', 'image').raster, weight: inputs.number('strength', 1) }
    const add = (name: string): Conditioning => {
      const source = inputs.get(name, 'conditioning')
      return { ...source, hints: [...source.hints, hint] }
    }
    return { outputs: [add('positive'), add('negative')] }
  },
  IPAdapterEncoder: async (inputs) => {
    const style = { image: inputs.get('image', 'image').raster, weight: inputs.number('weight', 1) }
    const embeds = { kind: 'embeds', styles: [style] } as const
    return {
      outputs: [
        { ...embeds, styles: [...embeds.styles] },
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

function conditioning(text: string): Conditioning {
  return { kind: 'conditioning', text, guidance: null, styles: [], hints: [], references: [] }
}
