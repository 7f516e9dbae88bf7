import type { z } from 'zod'
import type { JobRow } from '#server/adapters/database/rows.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { jobLimits } from '#shared/jobs/rules.ts'
import type { JobView, listInput } from '#shared/jobs/schema.ts'
import { jobViews } from './job-views.ts'

type Page = { items: JobView[]; nextCursor: string | null }

/** The caller's jobs, newest first. A page may hold a few more than asked for: see `cutPage`. */
export async function listJobs({ ctx, input }: { ctx: UserContext; input: z.infer<typeof listInput> }): Promise<Page> {
  const rows = await ctx.deps.database.jobs(ctx.user.id, {
    before: input.cursor ?? null,
    limit: input.limit + jobLimits.count.max,
  })
  const page = cutPage(rows, input.limit)
  return { items: await jobViews(ctx, page.rows), nextCursor: page.nextCursor }
}

/**
 * The first `limit` rows and those made by the same press as the last of them: jobs of one press share `created_at`,
 * which is the cursor, so a cut between them would lose the rest. `rows` are newest first.
 */
export function cutPage(
  rows: readonly JobRow[],
  limit: number,
): { rows: readonly JobRow[]; nextCursor: string | null } {
  const last = rows[limit - 1]
  if (last === undefined) return { rows, nextCursor: null }
  const end = rows.findIndex((row, index) => index >= limit && row.created_at !== last.created_at)
  if (end === -1) return { rows, nextCursor: null }
  return { rows: rows.slice(0, end), nextCursor: last.created_at }
}
