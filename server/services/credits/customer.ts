import type { Payments } from '#server/adapters/payments.ts'
import type { UserContext } from '#server/trpc/context.ts'

export async function customerOf(ctx: UserContext): Promise<string | null> {
  return ctx.deps.database.customer(ctx.user.id)
}

/** Makes the owner's customer, or the one after `gone`; of several made at once all answer the one that is kept. */
export async function newCustomer(ctx: UserContext, payments: Payments, gone: string | null): Promise<string> {
  const made = await payments.createCustomer(ctx.user.id, `customer:${ctx.user.id}:${gone ?? 'first'}`)
  return ctx.deps.database.saveCustomer(ctx.user.id, made, gone)
}
