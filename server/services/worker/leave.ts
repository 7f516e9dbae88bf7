import type { WorkerContext } from '#server/trpc/context.ts'

/** A box takes nothing more: from now on nobody waits for it. What it still renders stays its own to hand in. */
export async function leave({ ctx }: { ctx: WorkerContext }): Promise<void> {
  await ctx.deps.database.leaveWorker(ctx.workerId)
  ctx.log.info({ worker: ctx.workerId }, 'worker left')
}
