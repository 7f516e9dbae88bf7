import { z } from 'zod'
import { ForgeError, isErrorCode } from '#shared/errors.ts'
import { progressReply, type ProgressReply } from '#shared/worker/schema.ts'
import type { Progress } from '#worker/core/read-progress.ts'
import type { SessionInfo } from './session.ts'

export type AttemptRef = { job: string; epoch: number }

const refusal = z.object({ message: z.string() })

async function toForgeError(response: Response): Promise<ForgeError> {
  const body = refusal.safeParse(await response.json().catch(() => null))
  if (body.success && isErrorCode(body.data.message)) return new ForgeError(body.data.message)
  if (response.status === 401) return new ForgeError('UNAUTHENTICATED')
  if (response.status === 403) return new ForgeError('FORBIDDEN')
  return new ForgeError('UNAVAILABLE', { status: response.status })
}

/**
 * The fenced beat, straight to the database over its REST interface with the worker's own token: moves the lease, and
 * the row when people would see a change. An old epoch is answered with `over`, not an error. Throws `ForgeError`.
 */
export async function reportProgress(
  session: SessionInfo,
  attempt: AttemptRef,
  progress: Progress,
  signal: AbortSignal,
): Promise<ProgressReply> {
  const response = await fetch(`${session.supabaseUrl}/rest/v1/rpc/report_progress`, {
    method: 'POST',
    headers: {
      apikey: session.publishableKey,
      authorization: `Bearer ${session.token}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      p_job: attempt.job,
      p_epoch: attempt.epoch,
      p_stage: progress.stage,
      p_step: progress.step,
      p_steps: progress.steps,
      p_progress: progress.progress,
    }),
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new ForgeError('UNAVAILABLE', {}, { cause: error })
  })
  if (!response.ok) throw await toForgeError(response)
  const reply = progressReply.safeParse(await response.json().catch(() => null))
  if (!reply.success) throw new ForgeError('UNAVAILABLE', {}, { cause: reply.error })
  return reply.data
}
