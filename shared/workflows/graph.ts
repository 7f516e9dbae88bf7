import { z } from 'zod'
import type { FieldTarget, Variant } from './manifest.ts'
import type { ModelList } from './models.ts'
import { nodeClasses } from './node-classes.ts'

const graphNode = z.object({
  class_type: z.string().min(1),
  inputs: z.record(z.string(), z.unknown()),
  _meta: z.object({ title: z.string() }).optional(),
})

/** A ComfyUI graph in API format: node id → class and inputs. */
export const graph = z.record(z.string(), graphNode)
export type Graph = z.infer<typeof graph>

/** A graph from parsed JSON; throws `z.ZodError`. */
export function parseGraph(json: unknown): Graph {
  return graph.parse(json)
}

/** `[nodeId, outputIndex]` when `value` is a link to another node's output, else null. */
export function readLink(value: unknown): readonly [string, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null
  const [node, slot]: unknown[] = value
  return typeof node === 'string' && typeof slot === 'number' ? [node, slot] : null
}

/** Links that end at no node, as `node.input`; an empty list is a whole graph. */
export function danglingLinks(nodes: Graph): string[] {
  return Object.entries(nodes).flatMap(([id, node]) =>
    Object.entries(node.inputs)
      .filter(([, value]) => {
        const link = readLink(value)
        return link !== null && !Object.hasOwn(nodes, link[0])
      })
      .map(([input]) => `${id}.${input}`),
  )
}

/** Every place of the graph that the variant writes to. */
export function boundTargets(variant: Variant): FieldTarget[] {
  return [
    ...Object.values(variant.fields).flat(),
    ...variant.sliders,
    ...Object.values(variant.params).flatMap((param) => param.targets),
    ...variant.images.flatMap((slot) => [...slot.targets, ...slot.weight]),
  ]
}

/** Files that the graph's loaders name: `<folder>/<file>`, folders as in ComfyUI's `models/`. */
export function filesNamed(nodes: Graph): string[] {
  return Object.values(nodes).flatMap((node) =>
    Object.entries(nodeClasses[node.class_type]?.files ?? {}).map(
      ([input, folder]) => `${folder}/${String(node.inputs[input])}`,
    ),
  )
}

/** Places that the variant writes to or takes out and that the graph does not have. */
function bindingFaults(nodes: Graph, variant: Variant): string[] {
  const cut = variant.images.flatMap((slot) => (slot.absent ? [slot.absent] : []))
  const missing = [...boundTargets(variant), ...cut.flatMap((absent) => [...absent.inputs, ...absent.bypass])]
    .filter(({ node, input }) => !Object.hasOwn(nodes[node]?.inputs ?? {}, input))
    .map(({ node, input }) => `no field ${node}.${input}`)
  const unknown = [variant.sampler, variant.output, ...cut.flatMap((absent) => absent.nodes)]
    .filter((id) => !Object.hasOwn(nodes, id))
    .map((id) => `no node ${id}`)
  const written = boundTargets(variant)
    .filter(({ node, input }) => readLink(nodes[node]?.inputs[input]))
    .map(({ node, input }) => `${node}.${input} is a link, not a value`)
  return [...missing, ...unknown, ...written]
}

/** What ComfyUI would trip over, or must never be given. */
function graphFaults(nodes: Graph, output: string): string[] {
  const entries = Object.entries(nodes)
  return [
    ...entries
      .filter(([, node]) => !Object.hasOwn(nodeClasses, node.class_type))
      .map(([id, node]) => `${id} has the class ${node.class_type}, which is not on the list of allowed ones`),
    // ComfyUI answers 500 for a replaced legacy node without a title.
    ...entries.filter(([, node]) => !node._meta?.title).map(([id]) => `${id} has no title`),
    ...danglingLinks(nodes).map((at) => `dangling link ${at}`),
    ...(nodes[output] && nodes[output].class_type !== 'PreviewImage' ? [`${output} is no PreviewImage`] : []),
  ]
}

/** Between the files that the graph loads and those that the variant lists. */
function modelFaults(nodes: Graph, variant: Variant, models: ModelList): string[] {
  const named = new Set(filesNamed(nodes))
  const listed = new Map(models.map((file) => [file.key, `${file.folder}/${file.file}`]))
  const stated = new Set(variant.models.map((key) => listed.get(key)))
  return [
    ...variant.models.filter((key) => !listed.has(key)).map((key) => `models.json has no ${key}`),
    ...[...named].filter((path) => !stated.has(path)).map((path) => `loads ${path}, which is not among its models`),
    ...[...stated].flatMap((path) =>
      path === undefined || named.has(path) ? [] : [`lists ${path} but never loads it`],
    ),
  ]
}

/**
 * What is wrong between a graph, its variant and the list of models, in words; an empty list means that it can be bound.
 * Checked when the catalogue is read, so that a bad template stops the start rather than failing jobs.
 */
export function templateFaults(nodes: Graph, variant: Variant, models: ModelList): string[] {
  return [
    ...graphFaults(nodes, variant.output),
    ...bindingFaults(nodes, variant),
    ...modelFaults(nodes, variant, models),
  ]
}
