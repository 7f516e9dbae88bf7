import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Graph, parseGraph, readLink } from '#shared/workflows/graph.ts'
import { nodeClasses } from '#shared/workflows/node-classes.ts'
import signatureFile from '#worker/standin/signatures.json' with { type: 'json' }

/** Recorded from a ComfyUI server: what each class takes and gives. */
type Signature = {
  input: { required?: Record<string, unknown[]>; optional?: Record<string, unknown[]> }
  output: unknown[]
}
const signatures = signatureFile as unknown as Readonly<Record<string, Signature>>

const root = import.meta.dirname
const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.api.json'))
const graphs = paths
  .sort()
  .map((path) => ({ path, nodes: parseGraph(JSON.parse(readFileSync(join(root, path), 'utf8'))) }))

const inputsOf = ({ input }: Signature) => ({ ...input.required, ...input.optional })

function describeLinkFaults(nodes: Graph, signature: Signature, input: string, value: unknown): string[] {
  const link = readLink(value)
  if (!link) return []
  const given = signatures[nodes[link[0]]?.class_type ?? '']?.output[link[1]]
  const wanted = inputsOf(signature)[input]?.[0]
  return given === wanted ? [] : [`${input} wants ${String(wanted)}, gets ${String(given)}`]
}

describe.each(graphs)('$path against recorded node signatures', ({ nodes }) => {
  it.each(Object.entries(nodes))('%s fits its class', (_id, node) => {
    const signature = signatures[node.class_type]
    if (!signature) throw new Error(`no signature of ${node.class_type}`)
    const known = Object.keys(inputsOf(signature))
    const given = Object.keys(node.inputs)

    // `output.normalization` belongs to the dynamic input `output`; the nonce is unknown on purpose.
    expect(given.filter((name) => !known.includes(name.split('.')[0] ?? '') && name !== 'forge_nonce')).toEqual([])
    expect(Object.keys(signature.input.required ?? {}).filter((name) => !given.includes(name))).toEqual([])
    expect(given.flatMap((name) => describeLinkFaults(nodes, signature, name, node.inputs[name]))).toEqual([])
  })
})

it('every allowed class has been recorded from a server, and every allowed class is used', () => {
  const used = new Set(graphs.flatMap(({ nodes }) => Object.values(nodes).map((node) => node.class_type)))

  expect(Object.keys(nodeClasses).filter((name) => !Object.hasOwn(signatures, name))).toEqual([])
  expect(Object.keys(nodeClasses).filter((name) => !used.has(name))).toEqual([])
})
