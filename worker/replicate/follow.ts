import { backoffMs } from '#worker/core/backoff.ts'
import { wait } from '#worker/wait.ts'
import { isTerminal, type Prediction } from './api.ts'
import type { ReplicateClient } from './client.ts'
import { ReplicateError } from './replicate-error.ts'

export type FollowTimes = {
  /** Between two looks while all is well. */
  pollMs: number
  /** After the deadline the provider has this long to say that it has ended it. */
  graceMs: number
}

export type Followed = {
  id: string
  /** Milliseconds since 1970. */
  deadline: number
  times: FollowTimes
  onUpdate: (seen: Prediction) => void
}

/**
 * Looks until the prediction has ended. What is not answered is asked again, more and more seldom. Throws
 * `ReplicateError` `gone`, `denied`, or `away` once the deadline and its grace have passed.
 */
export async function follow(
  client: Pick<ReplicateClient, 'get'>,
  { id, deadline, times, onUpdate }: Followed,
  signal: AbortSignal,
): Promise<Prediction> {
  for (let failures = 0; ;) {
    let pauseMs = times.pollMs
    try {
      const seen = await client.get(id, signal)
      failures = 0
      onUpdate(seen)
      if (isTerminal(seen)) return seen
    } catch (error) {
      if (!(error instanceof ReplicateError) || (error.kind !== 'away' && error.kind !== 'throttled')) throw error
      const again = backoffMs(failures, { baseMs: times.pollMs, capMs: 16 * times.pollMs }, Math.random())
      pauseMs = Math.max(again, error.kind === 'throttled' ? error.retryAfterMs : 0)
      failures += 1
    }
    if (Date.now() > deadline + times.graceMs) throw new ReplicateError('away', `${id} did not end by its deadline`)
    await wait(pauseMs, signal)
  }
}
