import type { ShareRow } from '#server/adapters/database/shares.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { ShareView } from '#shared/shares/schema.ts'

export function toShareView({ id, slug, recipe, created_at: createdAt }: ShareRow): ShareView {
  return { id, slug, recipe, createdAt }
}

/** The caller's live links to one job, newest first; none for a job that is not theirs. */
export async function listShares({ ctx, input }: { ctx: UserContext; input: { jobId: string } }): Promise<ShareView[]> {
  return (await ctx.deps.database.shares(ctx.user.id, input.jobId)).map(toShareView)
}
