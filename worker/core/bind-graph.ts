import { danglingLinks, type Graph } from '#shared/workflows/graph.ts'
import type { FieldTarget, Variant } from '#shared/workflows/manifest.ts'
import { fitToGrid } from '#shared/workflows/size.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { JobFailure } from './job-failure.ts'

export type Template = { graph: Graph; variant: Variant }

/** What one attempt writes into a template. */
export type BindRequest = {
  prompt: string
  negative: string
  /** 0..100 */
  creativity: number
  /** 0..100 */
  chaos: number
  /** Decimal text, 0..2^64-1: written as text, because a JSON number is exact only to 2^53 and ComfyUI reads either. */
  seed: string
  params: Readonly<Record<string, unknown>>
  /** In the order of the request; `file` is the name that ComfyUI's upload answered. Pixels as uploaded. */
  images: readonly { role: InputRole; file: string; weight: number; width: number; height: number }[]
  /** Differs for every attempt, so that ComfyUI writes a new file instead of naming an old one. */
  nonce: string
}

function refuse(detail: string): never {
  throw new JobFailure('GRAPH_INVALID', false, detail)
}

function write(graph: Graph, targets: readonly FieldTarget[], value: unknown): void {
  for (const { node, input } of targets) {
    const inputs = graph[node]?.inputs
    if (!inputs || !Object.hasOwn(inputs, input)) refuse(`template has no field ${node}.${input}`)
    inputs[input] = value
  }
}

function prune(graph: Graph, absent: { nodes: readonly string[]; inputs: readonly FieldTarget[] }): void {
  for (const node of absent.nodes) delete graph[node]
  for (const { node, input } of absent.inputs) delete graph[node]?.inputs[input]
}

/** A slider's field value; rounded to 6 places so that equal positions give equal cache keys. */
export function slide(position: number, from: number, to: number): number {
  const share = Math.min(100, Math.max(0, position)) / 100
  return Number((from + (to - from) * share).toFixed(6))
}

function writeImages(graph: Graph, variant: Variant, images: BindRequest['images']): void {
  const waiting = [...images]
  for (const slot of variant.images) {
    const at = waiting.findIndex((image) => image.role === slot.role)
    const [image] = at === -1 ? [] : waiting.splice(at, 1)
    if (image) {
      write(graph, slot.targets, image.file)
      write(graph, slot.weight, image.weight)
    } else if (slot.absent) prune(graph, slot.absent)
    else refuse(`no image for ${slot.role}`)
  }
  if (waiting.length > 0) refuse(`no slot for ${waiting.map((image) => image.role).join(', ')}`)
}

function writeParams(graph: Graph, variant: Variant, params: BindRequest['params']): void {
  for (const [name, value] of Object.entries(params)) {
    const binding = Object.hasOwn(variant.params, name) ? variant.params[name] : undefined
    if (!binding) refuse(`unknown parameter ${name.slice(0, 40)}`)
    if (typeof value !== 'number' || !(value >= binding.min && value <= binding.max)) {
      refuse(`parameter ${name.slice(0, 40)} is out of range`)
    }
    write(graph, binding.targets, value)
  }
}

/** Width and height of the work image in pixels: the source's aspect ratio on the model's grid. */
export function workSize(variant: Variant, images: BindRequest['images']): { width: number; height: number } {
  const source = images.find((image) => image.role === variant.sizeFrom)
  if (!source) refuse(`no image for ${variant.sizeFrom}`)
  return fitToGrid(source.width, source.height, variant.pixels, variant.sizeMultiple)
}

/**
 * The graph to post: a deep copy of the template with the bound fields written and nothing else touched. Throws
 * `JobFailure` `GRAPH_INVALID` when the request does not fit the template or a link would end nowhere.
 */
export function bindGraph({ graph: template, variant }: Template, request: BindRequest): Graph {
  if (!/^\d{1,20}$/.test(request.seed)) refuse('seed is not a decimal number')
  const graph = structuredClone(template)
  const size = workSize(variant, request.images)
  write(graph, variant.fields.prompt, request.prompt)
  write(graph, variant.fields.negative, request.negative)
  write(graph, variant.fields.seed, request.seed)
  write(graph, variant.fields.steps, variant.steps)
  write(graph, variant.fields.width, size.width)
  write(graph, variant.fields.height, size.height)
  write(graph, variant.fields.nonce, request.nonce)
  for (const { slider, from, to, node, input } of variant.sliders) {
    write(graph, [{ node, input }], slide(request[slider], from, to))
  }
  writeParams(graph, variant, request.params)
  writeImages(graph, variant, request.images)
  const dangling = danglingLinks(graph)
  if (dangling.length > 0) refuse(`dangling link ${dangling.join(', ')}`)
  return graph
}
