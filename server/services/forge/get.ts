import type { UserContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { jobViews } from './job-views.ts'

/** One job of the caller's. Another user's job does not exist: JOB_NOT_FOUND. */
export async function getJob({ ctx, input }: { ctx: UserContext; input: { id: string } }): Promise<JobView> {
  const [view] = await jobViews(ctx, await ctx.deps.database.jobs(ctx.user.id, { ids: [input.id] }))
  if (view === undefined) throw new ForgeError('JOB_NOT_FOUND')
  return view
}
