import type { ModelFolder } from './models.ts'

/** `files`: which of the node's inputs names a file, and the folder that ComfyUI looks in. */
type NodeClass = { pack: 'core' | 'ComfyUI_IPAdapter_plus'; files?: Readonly<Record<string, ModelFolder>> }

const core: NodeClass = { pack: 'core' }
const ipAdapterPlus: NodeClass = { pack: 'ComfyUI_IPAdapter_plus' }

/**
 * The node classes that a graph of this project may hold. Custom nodes run Python with the worker's rights and core has
 * nodes that call paid services, download files or write to disk, so a graph with any other class is refused when it is
 * read. A class belongs here when it only computes on what the graph gives it.
 */
export const nodeClasses: Readonly<Record<string, NodeClass>> = {
  CheckpointLoaderSimple: { pack: 'core', files: { ckpt_name: 'checkpoints' } },
  UNETLoader: { pack: 'core', files: { unet_name: 'diffusion_models' } },
  DualCLIPLoader: { pack: 'core', files: { clip_name1: 'text_encoders', clip_name2: 'text_encoders' } },
  CLIPLoader: { pack: 'core', files: { clip_name: 'text_encoders' } },
  VAELoader: { pack: 'core', files: { vae_name: 'vae' } },
  LoraLoaderModelOnly: { pack: 'core', files: { lora_name: 'loras' } },
  ControlNetLoader: { pack: 'core', files: { control_net_name: 'controlnet' } },
  CLIPVisionLoader: { pack: 'core', files: { clip_name: 'clip_vision' } },
  LoadDA3Model: { pack: 'core', files: { model_name: 'geometry_estimation' } },
  IPAdapterModelLoader: { pack: 'ComfyUI_IPAdapter_plus', files: { ipadapter_file: 'ipadapter' } },
  LoadImage: core,
  ImageScale: core,
  ImageScaleToTotalPixels: core,
  ImageToMask: core,
  Canny: core,
  DA3Inference: core,
  DA3Render: core,
  CLIPTextEncode: core,
  TextEncodeQwenImageEditPlus: core,
  ConditioningZeroOut: core,
  FluxGuidance: core,
  ReferenceLatent: core,
  FluxKontextMultiReferenceLatentMethod: core,
  SetUnionControlNetType: core,
  ControlNetApplyAdvanced: core,
  InpaintModelConditioning: core,
  DifferentialDiffusion: core,
  ModelSamplingAuraFlow: core,
  CFGNorm: core,
  EmptyLatentImage: core,
  EmptySD3LatentImage: core,
  EmptyFlux2LatentImage: core,
  VAEEncode: core,
  KSampler: core,
  KSamplerSelect: core,
  RandomNoise: core,
  BasicGuider: core,
  Flux2Scheduler: core,
  SamplerCustomAdvanced: core,
  VAEDecode: core,
  PreviewImage: core,
  PrepImageForClipVision: ipAdapterPlus,
  IPAdapterEncoder: ipAdapterPlus,
  IPAdapterCombineEmbeds: ipAdapterPlus,
  IPAdapterEmbeds: ipAdapterPlus,
}
