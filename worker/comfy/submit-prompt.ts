import { backoffMs } from '#worker/core/backoff.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { wait } from '#worker/wait.ts'
import type { ComfyHttp, Submission } from './http.ts'

export function isUnreachable(error: unknown): error is JobFailure {
  return error instanceof JobFailure && error.code === 'ENGINE_UNREACHABLE'
}

/** True when the prompt is there; asks until ComfyUI answers or `deadline` (monotonic milliseconds) has passed. */
async function isKnown(http: ComfyHttp, promptId: string, deadline: number, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return (await http.job(promptId, signal)) !== null
    } catch (error) {
      if (!isUnreachable(error) || performance.now() > deadline) throw error
    }
    await wait(backoffMs(attempt, { baseMs: 250, capMs: 3_000 }, Math.random()), signal)
  }
}

/**
 * Posts a prompt exactly once as far as ComfyUI can tell: it does not de-duplicate ids, so after a POST whose answer was
 * lost the job is looked up before anything is posted again. Throws `JobFailure` when the graph is refused, wholly or
 * in part, or when ComfyUI stays away for `awayMs`.
 */
export async function submitPrompt(
  http: ComfyHttp,
  submission: Submission,
  awayMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + awayMs
  for (;;) {
    try {
      const refusal = await http.submit(submission, signal)
      if (refusal === null) return
      await http.cancel(submission.promptId, signal).catch(() => false)
      throw refusal
    } catch (error) {
      if (!isUnreachable(error) || performance.now() > deadline) throw error
    }
    if (await isKnown(http, submission.promptId, deadline, signal)) return
    await wait(250, signal)
  }
}
