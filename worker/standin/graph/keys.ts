import { createHash } from 'node:crypto'
import type { Graph } from '../core/types.ts'
import { isLink } from '../core/types.ts'

/**
 * Cache key per node: its class and inputs (unknown ones too), with links replaced by the source's key, so ids do
 * not count. `fileMark` adds what an input file holds, for the nodes that read one.
 */
export function cacheKeys(graph: Graph, fileMark: (id: string) => string): Map<string, string> {
  const keys = new Map<string, string>()
  const keyOf = (id: string): string => {
    const known = keys.get(id)
    if (known !== undefined) return known
    const node = graph[id]
    const inputs = Object.entries(node?.inputs ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, isLink(value) ? { source: keyOf(value[0]), output: value[1] } : value])
    const text = JSON.stringify([node?.class_type, inputs, fileMark(id)])
    const key = createHash('sha256').update(text).digest('hex')
    keys.set(id, key)
    return key
  }
  for (const id of Object.keys(graph)) keyOf(id)
  return keys
}
