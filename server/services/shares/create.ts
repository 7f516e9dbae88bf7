import type { z } from 'zod'
import type { UserContext } from '#server/trpc/context.ts'
import type { ShareView, createShareInput } from '#shared/shares/schema.ts'
import { toShareView } from './list.ts'

/**
 * A link to one image of the caller's, running or done; the same job and sort again is the same link. Throws
 * JOB_NOT_FOUND, also for an image that failed or was canceled.
 */
export async function createShare({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof createShareInput>
}): Promise<ShareView> {
  const { database, ids } = ctx.deps
  // 122 random bits, as short as an address can carry them.
  const slug = Buffer.from(ids.secret().replaceAll('-', ''), 'hex').toString('base64url')
  const { jobId: job, recipe } = input
  return toShareView(await database.createShare(ctx.user.id, { id: ids.row(), job, slug, recipe }))
}
