import { z } from 'zod'
import type { FieldTarget, Variant } from './manifest.ts'

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

/**
 * What is wrong between a variant and its graph, in words; an empty list means that it can be bound. Checked when the
 * catalogue is read, so that a bad template is unavailable rather than a failed job.
 */
export function templateFaults(nodes: Graph, variant: Variant): string[] {
  const missing = boundTargets(variant)
    .filter(({ node, input }) => !Object.hasOwn(nodes[node]?.inputs ?? {}, input))
    .map(({ node, input }) => `no field ${node}.${input}`)
  const absent = variant.images.flatMap((slot) => slot.absent?.nodes ?? [])
  const nodesNamed = [variant.sampler, variant.output, ...absent].filter((id) => !Object.hasOwn(nodes, id))
  return [
    ...missing,
    ...nodesNamed.map((id) => `no node ${id}`),
    ...danglingLinks(nodes).map((at) => `dangling link ${at}`),
  ]
}
