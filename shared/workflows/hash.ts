import type { Graph } from './graph.ts'
import type { Variant } from './manifest.ts'

/**
 * JSON with the keys of every object in one fixed order (whole numbers first, then by code unit) and no spaces, so that
 * equal values give equal text whatever order they were built in.
 * `undefined` members are left out, as in JSON.stringify.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** Hex SHA-256 of UTF-8 text; injected because shared code does no IO and runs in browsers too. */
export type HashText = (text: string) => string

/** What a job was made with: changes when the graph or its bindings change, and with nothing else. */
export function workflowHash(template: { graph: Graph; variant: Variant }, hash: HashText): string {
  // What has been proven about a variant says nothing about what it makes.
  const { proven: _, ...bindings } = template.variant
  return hash(canonicalJson([template.graph, bindings]))
}
