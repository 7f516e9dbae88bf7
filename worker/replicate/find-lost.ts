import type { Prediction } from './api.ts'
import type { ReplicateClient } from './client.ts'

/** What is known of a create whose answer was never heard. */
export type LostCreate = {
  model: string
  input: Readonly<Record<string, unknown>> | null
  /** A value of its input that no other prediction has: the address of a file uploaded for it alone. */
  marker: string | null
  /** Our clock, milliseconds since 1970. */
  postedAt: number
}

/** Our clock and theirs may differ by this. */
const skewMs = 120_000
const maxPages = 5

function holds(value: unknown, marker: string): boolean {
  if (typeof value === 'string') return value === marker
  return Array.isArray(value) && value.some((entry) => holds(entry, marker))
}

/** Without a marker everything that was asked for has to be the same. */
function isSame(found: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(found[key]) === JSON.stringify(value))
}

function isIt(found: Prediction, { model, input, marker }: LostCreate): boolean {
  if (found.model !== undefined && found.model !== model) return false
  const held = found.input ?? {}
  if (marker !== null) return Object.values(held).some((value) => holds(value, marker))
  return input !== null && isSame(held, input)
}

/** The prediction that a create without an answer made, as far as the account's list shows it; null when it does not. */
export async function findLost(
  client: Pick<ReplicateClient, 'list'>,
  lost: LostCreate,
  signal: AbortSignal,
): Promise<Prediction | null> {
  let page: string | null = null
  for (let read = 0; read < maxPages; read += 1) {
    const { results, next } = await client.list(page, signal)
    const found = results.find((one) => isIt(one, lost))
    if (found) return found
    const oldest = results.at(-1)
    if (next === null || !oldest || Date.parse(oldest.created_at) < lost.postedAt - skewMs) return null
    page = next
  }
  return null
}
