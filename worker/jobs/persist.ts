import type { Logger } from 'pino'
import { ForgeError } from '#shared/errors.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { reactTo } from '#worker/core/decide.ts'
import { wait } from '#worker/wait.ts'
import { JobStop } from './job-stop.ts'

export type Persistence = { log: Logger; what: string; limitMs: number; signal: AbortSignal }

const pace = { baseMs: 500, capMs: 10_000 }

/**
 * Says `tell` to the server until it is heard: while the server or the database is away it is repeated for `limitMs`,
 * because what the GPU made is worth more than the wait. Only for calls that may be made twice. Throws `JobStop` when
 * the answer is that the attempt (or this worker) has no say any more, and any other refusal as it came.
 */
export async function persist<T>(tell: () => Promise<T>, { log, what, limitMs, signal }: Persistence): Promise<T> {
  const deadline = performance.now() + limitMs
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await tell()
    } catch (error) {
      signal.throwIfAborted()
      // Everything that means "away" arrives as a ForgeError; the rest is a defect, and repeating it helps nobody.
      if (!(error instanceof ForgeError)) throw error
      const reaction = reactTo(error)
      if (reaction === 'drop') throw new JobStop('over', { cause: error })
      if (reaction === 'stop') throw new JobStop('revoked', { cause: error })
      if (reaction === 'fail' || performance.now() > deadline) throw error
      log.warn({ what, attempt, reaction, err: error }, 'not heard, trying again')
    }
    await wait(backoffMs(attempt, pace, Math.random()), signal)
  }
}
