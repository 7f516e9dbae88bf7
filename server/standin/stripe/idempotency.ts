import { createHash } from 'node:crypto'
import { ApiError } from './errors.ts'
import type { Store } from './store.ts'

const keptMs = 24 * 3_600_000

type Answer = { status: number; body: unknown; replayed: boolean }

/**
 * Runs a POST once a key: the same request gets the first answer again for a day, another one under the same key is
 * refused. What is refused before it runs is not remembered. @see https://docs.stripe.com/api/idempotent_requests
 */
export function once(
  store: Store,
  { key, path, form }: { key: string | null; path: string; form: string },
  run: () => unknown,
): Answer {
  if (key === null) return { status: 200, body: run(), replayed: false }
  const request = createHash('sha256').update(`${path}\n${form}`).digest('hex')
  const earlier = store.state.answers[key]
  if (earlier !== undefined && Date.now() - earlier.at < keptMs) {
    if (earlier.request !== request) {
      const message =
        'Keys for idempotent requests can only be used with the same parameters they were first used with.'
      throw new ApiError(400, { type: 'idempotency_error', message })
    }
    return { status: earlier.status, body: earlier.body, replayed: true }
  }
  const body = structuredClone(run())
  store.state.answers[key] = { request, status: 200, body, at: Date.now() }
  store.save()
  return { status: 200, body, replayed: false }
}
