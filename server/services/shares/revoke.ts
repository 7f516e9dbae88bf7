import type { UserContext } from '#server/trpc/context.ts'

/** Ends a link of the caller's at once; ending it twice is ending it once. Throws NOT_FOUND. */
export async function revokeShare({ ctx, input }: { ctx: UserContext; input: { id: string } }): Promise<void> {
  await ctx.deps.database.revokeShare(ctx.user.id, input.id)
}
