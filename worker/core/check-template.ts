import { z } from 'zod'
import { boundTargets, readLink } from '#shared/workflows/graph.ts'
import type { FieldTarget } from '#shared/workflows/manifest.ts'
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

const optionKey = z.object({ key: z.string() }).transform((option) => option.key)
const combo = z.object({ options: z.array(z.union([optionKey, z.unknown()])) })
const range = z.object({ min: z.number().optional(), max: z.number().optional() })

/**
 * Allowed values of a combo in any of ComfyUI's shapes (a list; `COMBO` with options; a dynamic combo, whose options
 * have keys); null for other types.
 */
function comboValues([type, options]: readonly unknown[]): readonly unknown[] | null {
  if (Array.isArray(type)) return type
  if (type !== 'COMBO' && type !== 'COMFY_DYNAMICCOMBO_V3') return null
  return combo.safeParse(options).data?.options ?? null
}

/** Whether a number lies where the class takes it; other types and classes without a range take anything. */
function isWithin(value: unknown, [type, options]: readonly unknown[]): boolean {
  if ((type !== 'INT' && type !== 'FLOAT') || typeof value !== 'number') return true
  const { min = -Infinity, max = Infinity } = range.safeParse(options).data ?? {}
  return value >= min && value <= max
}

function isAllowed(value: unknown, signature: readonly unknown[]): boolean {
  const values = comboValues(signature)
  return (values === null || values.includes(value)) && isWithin(value, signature)
}

/** Values that a slider or a parameter can write at its two ends. */
function reachable({ variant }: Template): { at: FieldTarget; value: number }[] {
  return [
    ...variant.sliders.flatMap((slider) => [slider.from, slider.to].map((value) => ({ at: slider, value }))),
    ...Object.values(variant.params).flatMap(({ targets, min, max }) =>
      targets.flatMap((at) => [min, max].map((value) => ({ at, value }))),
    ),
  ]
}

/**
 * What keeps a box from running a template, in words: node classes that it lacks, required inputs that the graph does not
 * fill, files and options that its loaders do not list, numbers out of range, also at the ends of every slider. Fields
 * that a job fills in are not looked at otherwise. Empty = it can.
 */
export function missingParts(template: Template, signatures: Signatures): string[] {
  const { graph, variant } = template
  const bound = new Set(boundTargets(variant).map(({ node, input }) => `${node}.${input}`))
  const ends = reachable(template)
  return Object.entries(graph).flatMap(([id, node]) => {
    const inputs = signatures[node.class_type]?.input
    if (!inputs) return [`node class ${node.class_type}`]
    const absent = Object.keys(inputs.required ?? {}).filter((name) => !Object.hasOwn(node.inputs, name))
    const refused = Object.entries({ ...inputs.required, ...inputs.optional }).flatMap(([name, signature]) => {
      const written = ends.filter(({ at }) => at.node === id && at.input === name).map(({ value }) => value)
      const literal = bound.has(`${id}.${name}`) || readLink(node.inputs[name]) ? [] : [node.inputs[name]]
      return [...literal, ...written]
        .filter((value) => value !== undefined && !isAllowed(value, signature))
        .map((value) => `${id}.${name} = ${String(value)}`)
    })
    return [...absent.map((name) => `input ${id}.${name}`), ...refused]
  })
}
