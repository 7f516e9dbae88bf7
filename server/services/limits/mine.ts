import type { VisitorContext } from '#server/trpc/context.ts'
import type { LimitsView } from '#shared/limits/schema.ts'
import { requestBuckets } from './request-buckets.ts'
import { savingNow } from './saving.ts'
import { toLimitsView } from './view.ts'

/** What the caller has left; for a visitor without an account, what their network has left. */
export async function readLimits({ ctx }: { ctx: VisitorContext }): Promise<LimitsView> {
  const { database, clock } = ctx.deps
  const [settings, buckets] = await Promise.all([database.settings(), requestBuckets(ctx, ctx.user)])
  const quote = await database.quote({
    owner: ctx.user?.id ?? null,
    anonymous: ctx.user?.anonymous ?? true,
    buckets,
    template: null,
    count: 1,
    price: 0,
  })
  return toLimitsView(quote, savingNow(settings, clock.now()))
}
