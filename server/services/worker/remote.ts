import type { z } from 'zod'
import type { WorkerContext } from '#server/trpc/context.ts'
import type { noteRemoteInput, providerCostInput } from '#shared/worker/schema.ts'

/** Keeps what a provider's worker knows of its prediction. */
export async function noteRemote({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof noteRemoteInput>
}): Promise<void> {
  const { job, epoch, ...note } = input
  await ctx.deps.database.noteRemote({ worker: ctx.workerId, job, epoch }, note)
}

/** Books what a prediction cost; the attempt may long be over. */
export async function bookProviderCost({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof providerCostInput>
}): Promise<void> {
  const { job, epoch, usdMicros } = input
  await ctx.deps.database.bookProviderCost({ worker: ctx.workerId, job, epoch }, usdMicros)
}
