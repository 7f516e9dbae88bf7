import type { UserContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import { customerOf } from './customer.ts'
import { requirePayments } from './require-payments.ts'

/** Where the caller sees their invoices at Stripe. Throws NOT_FOUND while they have bought nothing. */
export async function openPortal({ ctx }: { ctx: UserContext }): Promise<{ url: string }> {
  const payments = requirePayments(ctx)
  const customer = await customerOf(ctx)
  if (customer === null) throw new ForgeError('NOT_FOUND')
  return { url: await payments.portal(customer, `${ctx.deps.config.publicUrl}/credits`) }
}
