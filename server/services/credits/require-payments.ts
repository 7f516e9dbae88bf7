import type { Payments } from '#server/adapters/payments.ts'
import type { Context } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'

/** Stripe, where something is sold. Throws PAYMENTS_UNAVAILABLE elsewhere. */
export function requirePayments(ctx: Context): Payments {
  if (ctx.deps.payments === null) throw new ForgeError('PAYMENTS_UNAVAILABLE')
  return ctx.deps.payments
}
