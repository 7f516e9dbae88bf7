import type { PaintJob, PaintRequest, Raster } from '../paint/job.ts'
import type { ImageRef } from '../core/types.ts'
import { fluxNodes } from './flux-nodes.ts'
import { imageNodes } from './image-nodes.ts'
import { modelNodes } from './model-nodes.ts'
import { samplerNodes } from './sampler-nodes.ts'
import type { Inputs, NodeResult, Value } from './values.ts'
import { plain } from './values.ts'

export type Saved = { ref: ImageRef | null; spoilt: boolean }

/** What a node may ask of the process that runs it. Every wait ends with the run's interruption. */
export type NodeHost = {
  /** Waits as long as a first load of this model file takes; nothing when it is loaded. */
  load: (file: string) => Promise<void>
  /** The path of an input file; null when it is gone. */
  find: (name: string) => string | null
  paint: (request: PaintRequest) => Promise<Raster>
  /** Runs a sampler: `steps` paced steps with progress and previews, then the finished picture. */
  sample: (job: PaintJob, steps: number) => Promise<Raster>
  /** Writes the picture of an output node; no `ref` when a fault swallows it. */
  save: (type: 'output' | 'temp', prefix: string | null, raster: Raster) => Promise<Saved>
}

export type NodeKind = (inputs: Inputs, host: NodeHost) => Promise<NodeResult>

const kinds: Readonly<Record<string, NodeKind>> = { ...modelNodes, ...fluxNodes, ...imageNodes, ...samplerNodes }

/**
 * Runs one node. A class without its own behaviour passes on, for each of its outputs, the first input of that
 * kind, so a graph with such a node still gives a picture.
 */
export function evaluate(
  className: string,
  inputs: Inputs,
  call: { host: NodeHost; outputs: readonly string[] },
): Promise<NodeResult> {
  const kind = kinds[className]
  if (kind !== undefined) return kind(inputs, call.host)
  return Promise.resolve({ outputs: call.outputs.map((type) => passOn(type, inputs)) })
}

const kindOfType: Readonly<Record<string, Value['kind']>> = {
  IMAGE: 'image',
  MASK: 'mask',
  LATENT: 'latent',
  CONDITIONING: 'conditioning',
  MODEL: 'model',
  EMBEDS: 'embeds',
}

function passOn(type: string, inputs: Inputs): Value {
  const kind = kindOfType[type]
  return (kind === undefined ? undefined : inputs.all(kind)[0]) ?? plain
}
