import { z } from 'zod'
import { fleetView } from '#shared/operator/fleet.ts'

/** `fleet_view` as SQL says it, in the names that the rest of us use. */
export const fleetReply = z.unknown().transform(camelKeys).pipe(fleetView)

/** Names like `last_seen`; reasons like `NOT_THEIRS` are nobody's names. */
function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toCamel(key), camelKeys(inner)]))
}

function toCamel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}
