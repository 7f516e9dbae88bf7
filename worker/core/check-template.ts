import { boundTargets, readLink } from '#shared/workflows/graph.ts'
import type { Template } from './bind-graph.ts'

/** ComfyUI's node signatures: class → required and optional inputs, each a type or its allowed values. */
export type Signatures = Readonly<
  Record<
    string,
    {
      input: {
        required?: Readonly<Record<string, readonly unknown[]>> | undefined
        optional?: Readonly<Record<string, readonly unknown[]>> | undefined
      }
    }
  >
>

/** Allowed values of a combo in either of ComfyUI's two shapes; null for other types. */
function comboValues(signature: readonly unknown[]): readonly unknown[] | null {
  const [type, options] = signature
  if (Array.isArray(type)) return type
  if (type !== 'COMBO' || typeof options !== 'object' || options === null || !('options' in options)) return null
  return Array.isArray(options.options) ? options.options : null
}

/**
 * What keeps a box from running a template, in words: node classes that it lacks, required inputs that the graph does not
 * fill, files and options that its loaders do not list. Fields that a job fills in are not looked at. Empty = it can.
 */
export function missingParts({ graph, variant }: Template, signatures: Signatures): string[] {
  const bound = new Set(boundTargets(variant).map(({ node, input }) => `${node}.${input}`))
  return Object.entries(graph).flatMap(([id, node]) => {
    const inputs = signatures[node.class_type]?.input
    if (!inputs) return [`node class ${node.class_type}`]
    const absent = Object.keys(inputs.required ?? {}).filter((name) => !Object.hasOwn(node.inputs, name))
    const unlisted = Object.entries({ ...inputs.required, ...inputs.optional }).filter(([name, signature]) => {
      const value = node.inputs[name]
      if (value === undefined || bound.has(`${id}.${name}`) || readLink(value)) return false
      const values = comboValues(signature)
      return values !== null && !values.includes(value)
    })
    return [
      ...absent.map((name) => `input ${id}.${name}`),
      ...unlisted.map(([name]) => `${id}.${name} = ${String(node.inputs[name])}`),
    ]
  })
}
