import type { z } from 'zod'
import type { WorkerContext } from '#server/trpc/context.ts'
import type { unfitInput } from '#shared/worker/schema.ts'

/** A box says that nothing can run on it, and why, or that it can again (null). It is given nothing meanwhile. */
export async function reportUnfit({
  ctx,
  input,
}: {
  ctx: WorkerContext
  input: z.infer<typeof unfitInput>
}): Promise<void> {
  await ctx.deps.database.setFitness(ctx.workerId, input.reason)
  if (input.reason !== null) ctx.log.warn({ worker: ctx.workerId, reason: input.reason }, 'worker unfit')
}
