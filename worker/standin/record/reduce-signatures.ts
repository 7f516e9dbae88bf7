import { z } from 'zod'

const inputs = z.record(z.string(), z.array(z.unknown()))

/** A node class as `GET /object_info` answers it, with what is kept of it. */
export const servedClass = z.object({
  input: z.object({
    required: inputs.optional(),
    optional: inputs.optional(),
    hidden: z.record(z.string(), z.unknown()).optional(),
  }),
  input_order: z.record(z.string(), z.array(z.string())),
  output: z.array(z.unknown()),
  output_is_list: z.array(z.boolean()),
  output_name: z.array(z.string()),
  name: z.string(),
  display_name: z.string().nullable(),
  category: z.string(),
  output_node: z.boolean(),
  python_module: z.string(),
})
export type ServedClass = z.infer<typeof servedClass>

/** Prose, and what only ComfyUI's own pages read. */
const dropped = new Set(['tooltip', 'description', 'display_name', 'search_aliases', 'extra_dict', 'placeholder'])

function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !dropped.has(key))
      .map(([key, inner]) => [key, withoutProse(inner)]),
  )
}

/** A combo that lists files of the box: its values, and a default among them, are nobody's business but the box's. */
function withoutFiles(spec: readonly unknown[]): unknown[] {
  const [type, ...rest] = spec
  const configs = rest.map((config) => {
    if (typeof config !== 'object' || config === null) return config
    const { default: _default, ...others } = { ...config } as Record<string, unknown>
    return Array.isArray(others['options']) ? { ...others, options: [] } : others
  })
  return [Array.isArray(type) ? [] : type, ...configs]
}

/**
 * What of a live server's node class is stored: names, types, ranges and choices. `files` names its inputs that list
 * files; their lists are stored empty, so that nothing of the box gets into the project.
 */
export function reduceSignature(served: ServedClass, files: ReadonlySet<string>): ServedClass {
  const reduce = (section: Record<string, unknown[]> | undefined) =>
    section &&
    Object.fromEntries(
      Object.entries(section).map(([name, spec]) => {
        const kept = withoutProse(spec) as unknown[]
        return [name, files.has(name) ? withoutFiles(kept) : kept]
      }),
    )
  const { required, optional, hidden } = served.input
  return {
    ...served,
    input: {
      ...(required && { required: reduce(required) }),
      ...(optional && { optional: reduce(optional) }),
      ...(hidden && { hidden }),
    },
  }
}

/** Every `class_type` in a JSON value, however deep: graphs, and recordings that hold some. */
export function classesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'class_type' in value && typeof value.class_type === 'string' ? [value.class_type] : []
  return [...own, ...Object.values(value).flatMap(classesIn)]
}

/** One line for each class that came, went or differs; inputs that differ are named. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((name) => {
    if (!Object.hasOwn(before, name)) return [`+ ${name}`]
    if (!Object.hasOwn(after, name)) return [`- ${name}`]
    const old = flatten(before[name])
    const now = flatten(after[name])
    const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path))
    return paths.length === 0 ? [] : [`~ ${name}: ${paths.join(', ')}`]
  })
}

/** An input counts as one thing, everything else by its own path. */
function flatten(value: unknown, path: string[] = []): Map<string, string> {
  const isWhole = Array.isArray(value) || typeof value !== 'object' || value === null
  if (isWhole) return new Map([[path.join('.'), JSON.stringify(value)]])
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...flatten(inner, [...path, key])]))
}
