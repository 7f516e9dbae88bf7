import { danglingLinks, type Graph, readLink } from '#shared/workflows/graph.ts'
import type { FieldTarget, Variant } from '#shared/workflows/manifest.ts'
import { fitToGrid, maxAspect } from '#shared/workflows/size.ts'
import { isPromptClean } from '#shared/jobs/prompt.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { JobFailure } from './job-failure.ts'
import { wantedPixels } from './memory-plans.ts'

export type Template = { graph: Graph; variant: Variant }

/** What one attempt writes into a template. */
export type BindRequest = {
  prompt: string
  /** Empty = the template's own. */
  negative: string
  /** 0..100 */
  creativity: number
  /** 0..100 */
  chaos: number
  /** Decimal text, 0..2^64-1: written as text, because a JSON number is exact only to 2^53 and ComfyUI reads either. */
  seed: string
  /**
   * `aspect` is width over height of an image that no input gives its shape, `maxPixels` an area that the result may not
   * exceed; the variant names the others.
   */
  params: Readonly<Record<string, unknown>>
  /** In the order of the request; `file` is the name that ComfyUI's upload answered. Pixels as uploaded. */
  images: readonly { role: InputRole; file: string; weight: number; width: number; height: number }[]
  /** Uploaded name of the softened mask, an RGB image as large as the work image; null when the variant repaints nothing. */
  mask: string | null
  /** Differs for every attempt, so that ComfyUI writes a new file instead of naming an old one. */
  nonce: string
}

function refuse(detail: string): never {
  throw new JobFailure('graph-invalid', detail)
}

function write(graph: Graph, targets: readonly FieldTarget[], value: unknown): void {
  for (const { node, input } of targets) {
    const inputs = graph[node]?.inputs
    if (!inputs || !Object.hasOwn(inputs, input)) refuse(`template has no field ${node}.${input}`)
    inputs[input] = value
  }
}

type Absent = NonNullable<Variant['images'][number]['absent']>

/** Every link to `node` becomes a link to what `node.input` was linked to: the node falls out of its chain. */
function bypass(graph: Graph, node: string, input: string): void {
  const onward = graph[node]?.inputs[input]
  if (!readLink(onward)) refuse(`template has no link at ${node}.${input}`)
  for (const { inputs } of Object.values(graph)) {
    for (const [name, value] of Object.entries(inputs)) {
      if (readLink(value)?.[0] === node) inputs[name] = structuredClone(onward)
    }
  }
}

function prune(graph: Graph, absent: Absent): void {
  for (const { node, input } of absent.bypass) bypass(graph, node, input)
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
    if (name === 'aspect' || name === 'maxPixels') continue
    const binding = Object.hasOwn(variant.params, name) ? variant.params[name] : undefined
    if (!binding) refuse(`unknown parameter ${name.slice(0, 40)}`)
    if (typeof value !== 'number' || !(value >= binding.min && value <= binding.max)) {
      refuse(`parameter ${name.slice(0, 40)} is out of range`)
    }
    write(graph, binding.targets, value)
  }
}

/** Width over height from `params.aspect`; square unless it is stated. */
function aspectOf(params: BindRequest['params']): number {
  const aspect = params['aspect'] ?? 1
  if (typeof aspect !== 'number' || !(aspect >= 1 / maxAspect && aspect <= maxAspect)) refuse('aspect is out of range')
  return aspect
}

/**
 * Width and height of the result in pixels, on the model's grid: the aspect ratio of the image that gives it, else the
 * request's. A work image that is repainted was made on the grid and keeps its size to the pixel.
 */
export function workSize(
  variant: Variant,
  { images, params }: Pick<BindRequest, 'images' | 'params'>,
): { width: number; height: number } {
  const { sizeMultiple, sizeFrom } = variant
  const pixels = wantedPixels(variant, params)
  if (sizeFrom === null) return fitToGrid(aspectOf(params), 1, pixels, sizeMultiple)
  const source = images.find((image) => image.role === sizeFrom)
  if (!source) refuse(`no image for ${sizeFrom}`)
  if (!variant.repaints) return fitToGrid(source.width, source.height, pixels, sizeMultiple)
  const { width, height } = source
  if (width % sizeMultiple !== 0 || height % sizeMultiple !== 0)
    refuse(`work image of ${width} × ${height} is off the grid`)
  return { width, height }
}

function writeMask(graph: Graph, variant: Variant, mask: string | null): void {
  if (variant.repaints && mask === null) refuse('no mask')
  if (!variant.repaints && mask !== null) refuse('no slot for a mask')
  if (mask !== null) write(graph, variant.fields.mask, mask)
}

const seedLimit = 2n ** 64n

/**
 * The seed as samplers can take it: those that make noise of their own on the CPU count one up, and fail on the highest
 * that there is. Only that one is moved, so equal requests still give equal pictures.
 */
function usableSeed(seed: string): string {
  return BigInt(seed) === seedLimit - 1n ? String(seedLimit - 2n) : seed
}

/**
 * The graph to post: a deep copy of the template with the bound fields written and nothing else touched. Throws
 * `JobFailure` `GRAPH_INVALID` when the request does not fit the template or a link would end nowhere.
 */
export function bindGraph({ graph: template, variant }: Template, request: BindRequest): Graph {
  if (!/^\d{1,20}$/.test(request.seed) || BigInt(request.seed) >= seedLimit) refuse('seed is not within 0..2^64-1')
  // The server refuses such a prompt before it holds anything; `embedding:` would name a file of this box.
  if (!isPromptClean(request.prompt) || !isPromptClean(request.negative)) refuse('prompt cannot be rendered as written')
  const graph = structuredClone(template)
  const size = workSize(variant, request)
  write(graph, variant.fields.prompt, request.prompt)
  if (request.negative !== '') write(graph, variant.fields.negative, request.negative)
  write(graph, variant.fields.seed, usableSeed(request.seed))
  write(graph, variant.fields.steps, variant.steps)
  write(graph, variant.fields.width, size.width)
  write(graph, variant.fields.height, size.height)
  write(graph, variant.fields.nonce, request.nonce)
  for (const { slider, from, to, node, input } of variant.sliders) {
    write(graph, [{ node, input }], slide(request[slider], from, to))
  }
  writeParams(graph, variant, request.params)
  writeMask(graph, variant, request.mask)
  writeImages(graph, variant, request.images)
  const dangling = danglingLinks(graph)
  if (dangling.length > 0) refuse(`dangling link ${dangling.join(', ')}`)
  return graph
}
