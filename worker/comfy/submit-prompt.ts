import { wait } from '#worker/wait.ts'
import type { ComfyHttp, Submission } from './http.ts'
import { isUnreachable, whenReachable } from './when-reachable.ts'

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
    const known = await whenReachable(() => http.job(submission.promptId, signal), deadline - performance.now(), signal)
    if (known !== null) return
    await wait(250, signal)
  }
}
