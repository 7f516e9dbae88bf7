import type { Graph } from '../core/types.ts'
import { isLink } from '../core/types.ts'

/**
 * The nodes that must run, in ComfyUI's order: nodes are discovered from the outputs with a stack (inputs pushed in
 * written order, popped last first); of the discovered ones the first that waits for nothing runs next, output nodes
 * before others. Cached nodes are skipped, but a cached output node stays in the list (it still reports).
 */
export function executionOrder(
  graph: Graph,
  outputs: readonly string[],
  options: { cached: ReadonlySet<string>; isOutput: (id: string) => boolean },
): string[] {
  const pending = discover(graph, outputs, options.cached)
  const order: string[] = []
  const done = new Set<string>()
  while (pending.size > 0) {
    const ready = [...pending].filter(([, needs]) => [...needs].every((id) => done.has(id))).map(([id]) => id)
    const next = ready.find(options.isOutput) ?? ready[0]
    // Validation refuses cycles, so something is always ready.
    if (next === undefined) throw new Error('dependency cycle')
    pending.delete(next)
    done.add(next)
    order.push(next)
  }
  return order
}

function discover(graph: Graph, outputs: readonly string[], cached: ReadonlySet<string>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const output of outputs) {
    const stack = [output]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (found.has(id)) continue
      const needs = cached.has(id) ? [] : sources(graph, id).filter((source) => !cached.has(source))
      found.set(id, new Set(needs))
      stack.push(...needs.filter((source) => !found.has(source)))
    }
  }
  return found
}

/** Ids of the nodes a node takes inputs from, in written order. */
export function sources(graph: Graph, id: string): string[] {
  const inputs = graph[id]?.inputs ?? {}
  return Object.values(inputs).flatMap((value) => (isLink(value) ? [value[0]] : []))
}
