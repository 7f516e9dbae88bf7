import type { UserContext } from '#server/trpc/context.ts'

type Ids = { ids: string[] }

/** Brings removed images back; those that were erased meanwhile are left out of the answer. */
export async function restoreJobs({ ctx, input }: { ctx: UserContext; input: Ids }): Promise<Ids> {
  return { ids: await ctx.deps.database.restoreJobs(ctx.user.id, input.ids) }
}
