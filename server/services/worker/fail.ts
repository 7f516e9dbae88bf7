import type { z } from 'zod'
import type { StatusReply } from '#server/adapters/database/rows.ts'
import type { WorkerContext } from '#server/trpc/context.ts'
import type { failInput } from '#shared/worker/schema.ts'
import { isAnyGone } from './gone-inputs.ts'

/**
 * Ends an attempt without an image; the database decides whether another follows. That an input is gone for good is no
 * box's to say: the server looks, and where it finds all of them another box tries.
 */
export async function failJob({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof failInput>
}): Promise<StatusReply> {
  const { database } = ctx.deps
  const { job, epoch, ...failure } = input
  const attempt = { worker: ctx.workerId, job, epoch }
  if (failure.code !== 'INPUT_GONE') return database.failJob(attempt, failure)
  const isGone = await isAnyGone(ctx.deps, await database.attemptInputs(attempt))
  if (isGone) return database.failJob(attempt, { ...failure, retry: false, blame: false })
  return database.failJob(attempt, { ...failure, code: 'INPUT_UNREADABLE', retry: true })
}
