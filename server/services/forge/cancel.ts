import { readLimits } from '#server/services/limits/mine.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { LimitsView } from '#shared/limits/schema.ts'
import { getJob } from './get.ts'

/** Cancels one job of the caller's; again is the same answer. Throws JOB_NOT_FOUND, TOO_LATE_TO_CANCEL, JOB_FINISHED. */
export async function cancelJob({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { id: string }
}): Promise<{ job: JobView; limits: LimitsView }> {
  await ctx.deps.database.cancelJob(ctx.user.id, input.id)
  const [job, limits] = await Promise.all([getJob({ ctx, input }), readLimits({ ctx })])
  return { job, limits }
}
