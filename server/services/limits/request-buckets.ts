import type { Context, User } from '#server/trpc/context.ts'
import { type Bucket, bucketsOf } from './buckets.ts'

const dayMs = 86_400_000

/** The buckets of this request. An account's age is asked for only where it matters: permanent accounts. */
export async function requestBuckets(ctx: Context, user: User | null): Promise<Bucket[]> {
  const anonymous = user?.anonymous ?? true
  const young = anonymous || user === null ? false : await isYoung(ctx, user.id)
  return bucketsOf({ account: user?.id ?? null, anonymous, young, address: ctx.address }, ctx.deps.config.bucketSecret)
}

async function isYoung(ctx: Context, account: string): Promise<boolean> {
  return ctx.deps.clock.now() - (await ctx.deps.database.accountSince(account)) < dayMs
}
