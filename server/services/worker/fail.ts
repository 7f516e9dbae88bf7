import type { z } from 'zod'
import type { StatusReply } from '#server/adapters/database/rows.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import type { failInput } from '#shared/worker/schema.ts'

/** Ends an attempt without an image; the database decides whether another follows. */
export async function failJob({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof failInput>
}): Promise<StatusReply> {
  const { job, epoch, ...failure } = input
  return ctx.deps.database.failJob({ worker: ctx.workerId, job, epoch }, failure)
}
