import type { UserContext } from '#server/trpc/context.ts'

type Input = { ids: string[]; favourite: boolean }

/** Marks or unmarks the caller's images; foreign ids are left out of the answer. */
export async function favouriteJobs({ ctx, input }: { ctx: UserContext; input: Input }): Promise<{ ids: string[] }> {
  return { ids: await ctx.deps.database.favouriteJobs(ctx.user.id, input.ids, input.favourite) }
}
