import type { z } from 'zod'
import type { StatusReply } from '#server/adapters/database/rows.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import type { attemptRef } from '#shared/worker/schema.ts'

/** Puts a job back without burning an attempt: the box is going away. */
export async function releaseJob({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof attemptRef>
}): Promise<StatusReply> {
  return ctx.deps.database.releaseJob({ worker: ctx.workerId, ...input })
}
