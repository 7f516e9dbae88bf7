import { backoffMs } from '#worker/core/backoff.ts'
import { wait } from '#worker/wait.ts'
import type { Prediction } from './api.ts'
import type { NewPrediction, ReplicateClient } from './client.ts'
import { findLost, type LostCreate } from './find-lost.ts'
import type { ReplicateTimes } from './parts.ts'
import { ReplicateError } from './replicate-error.ts'

type Looked = { lost: LostCreate; until: number; lookMs: number }

/**
 * Looks for a create that was not answered until its deadline has passed: from then on nothing of it can run any more.
 * Null = nothing of it ever showed. Throws `ReplicateError` `lost` when the list itself could not be read at the end.
 */
export async function lookForLost(
  client: Pick<ReplicateClient, 'list'>,
  { lost, until, lookMs }: Looked,
  signal: AbortSignal,
): Promise<Prediction | null> {
  for (let look = 0; ; look += 1) {
    let blind: unknown
    try {
      const found = await findLost(client, lost, signal)
      if (found) return found
    } catch (error) {
      if (!(error instanceof ReplicateError)) throw error
      blind = error
    }
    if (Date.now() >= until) {
      if (blind === undefined) return null
      throw new ReplicateError('lost', 'a create was not answered, nor was its list', { cause: blind })
    }
    const pause = Math.min(lookMs * 2 ** look, Math.max(0, until - Date.now()) + 1)
    await wait(pause, signal)
  }
}

/**
 * Creates one prediction, never two: a refusal because of limits is waited out and repeated, since nothing was taken; one
 * without an answer is looked for in the account's list and not repeated. Throws `ReplicateError`; after `lost` or null
 * the attempt is over.
 */
export async function createOnce(
  client: Pick<ReplicateClient, 'create' | 'list'>,
  wish: NewPrediction & { lost: LostCreate; until: number },
  times: Pick<ReplicateTimes, 'throttleMs' | 'lookMs'>,
  signal: AbortSignal,
): Promise<Prediction | null> {
  const { lost, until, ...body } = wish
  for (let waited = 0, attempt = 0; ; attempt += 1) {
    try {
      return await client.create(body, signal)
    } catch (error) {
      if (!(error instanceof ReplicateError)) throw error
      if (error.kind === 'lost') return lookForLost(client, { lost, until, lookMs: times.lookMs }, signal)
      if (error.kind !== 'throttled' || waited + error.retryAfterMs > times.throttleMs) throw error
      // A little later than told: whoever else waits comes back then too.
      const pause = error.retryAfterMs + backoffMs(attempt, { baseMs: 200, capMs: 3_000 }, Math.random())
      waited += pause
      await wait(pause, signal)
    }
  }
}
