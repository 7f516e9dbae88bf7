import { type EraseDeps, erase } from './erase.ts'
import type { UserContext } from '#server/trpc/context.ts'

/**
 * Closes the caller's account for good. Once SQL has committed nothing can bring it back: what is left to remove
 * elsewhere is removed now if it can be, and else by the next tick.
 */
export async function closeAccount({ ctx }: { ctx: UserContext }): Promise<{ ended: number; credits: number }> {
  const { accounts } = ctx.deps
  const result = await accounts.close(ctx.user.id)
  const deps: EraseDeps = { ...ctx.deps, log: ctx.log }
  await erase(deps).catch((error: unknown) => ctx.log.warn({ err: error }, 'erasing goes on with the next tick'))
  return result
}
