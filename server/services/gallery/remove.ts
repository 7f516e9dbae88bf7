import type { UserContext } from '#server/trpc/context.ts'

type Removed = { ids: string[]; until: string }

/** Takes the caller's images away, out of reach of new work at once and for good after thirty days. */
export async function removeJobs({ ctx, input }: { ctx: UserContext; input: { ids: string[] } }): Promise<Removed> {
  return ctx.deps.database.removeJobs(ctx.user.id, input.ids)
}
