import { backoffMs } from '#worker/core/backoff.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { wait } from '#worker/wait.ts'

export function isUnreachable(error: unknown): error is JobFailure {
  return error instanceof JobFailure && error.code === 'ENGINE_UNREACHABLE'
}

/**
 * The answer of `ask`, repeated while ComfyUI does not answer, for at most `awayMs`; then its `JobFailure`. Only for
 * calls that may be made twice.
 */
export async function whenReachable<T>(ask: () => Promise<T>, awayMs: number, signal: AbortSignal): Promise<T> {
  const deadline = performance.now() + awayMs
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask()
    } catch (error) {
      if (!isUnreachable(error) || performance.now() > deadline) throw error
    }
    await wait(backoffMs(attempt, { baseMs: 250, capMs: 3_000 }, Math.random()), signal)
  }
}
