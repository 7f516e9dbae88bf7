import type { z } from 'zod'
import type { UserContext } from '#server/trpc/context.ts'
import type { JobView, listInput } from '#shared/jobs/schema.ts'
import { jobViews } from './job-views.ts'

type Page = { items: JobView[]; nextCursor: string | null }

/** The caller's jobs, newest first. `created_at` is unique per owner in practice: SQL spaces the images of a press. */
export async function listJobs({ ctx, input }: { ctx: UserContext; input: z.infer<typeof listInput> }): Promise<Page> {
  const rows = await ctx.deps.database.jobs(ctx.user.id, { before: input.cursor ?? null, limit: input.limit + 1 })
  const page = rows.slice(0, input.limit)
  const nextCursor = rows.length > page.length ? (page.at(-1)?.created_at ?? null) : null
  return { items: await jobViews(ctx, page), nextCursor }
}
