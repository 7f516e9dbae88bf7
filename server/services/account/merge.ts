import type { UserContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'

/**
 * Moves the work of an anonymous account into the caller's permanent one. Both prove themselves in one request: the
 * caller by its Bearer token, the other by `input.from`. Throws INVALID_INPUT {path: 'from'} for any other token.
 */
export async function mergeAccounts({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { from: string }
}): Promise<{ jobs: number }> {
  const from = await ctx.deps.tokens.identify(input.from)
  if (from.kind === 'unknown') throw new ForgeError('UNAVAILABLE')
  if (from.kind !== 'user' || !from.user.anonymous || from.user.id === ctx.user.id) {
    throw new ForgeError('INVALID_INPUT', { path: 'from' })
  }
  return ctx.deps.database.mergeAccounts(from.user.id, ctx.user.id)
}
