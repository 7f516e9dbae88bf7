import type { z } from 'zod'
import type { PurchaseRow } from '#server/adapters/database/money.ts'
import type { Payments } from '#server/adapters/payments.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { checkoutInput } from '#shared/credits/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { openSessionUrl } from './facts.ts'
import { customerOf, newCustomer } from './customer.ts'
import { requirePayments } from './require-payments.ts'

/**
 * Begins a purchase and answers where it is paid. The same request id answers the same purchase and Checkout page,
 * however often it is asked. Nothing of price or credits comes from the caller. Throws ACCOUNT_REQUIRED for guests,
 * PAYMENTS_UNAVAILABLE, NOT_FOUND {pack}, REQUEST_ID_REUSED, PURCHASE_CLOSED, UNAVAILABLE.
 */
export async function openCheckout({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof checkoutInput>
}): Promise<{ purchaseId: string; url: string }> {
  if (ctx.user.anonymous) throw new ForgeError('ACCOUNT_REQUIRED')
  const payments = requirePayments(ctx)
  const purchase = await ctx.deps.database.createPurchase(input.requestId, ctx.user.id, input.pack)
  if (purchase.status !== 'open' || purchase.processing_at !== null) throw new ForgeError('PURCHASE_CLOSED')
  if (purchase.stripe_session_id !== null) {
    const url = openSessionUrl(await payments.session(purchase.stripe_session_id))
    if (url === null) throw new ForgeError('PURCHASE_CLOSED')
    return { purchaseId: purchase.id, url }
  }
  const session = await createSession(ctx, payments, purchase)
  await ctx.deps.database.saveCheckout(purchase.id, session.id)
  return { purchaseId: purchase.id, url: session.url }
}

async function createSession(ctx: UserContext, payments: Payments, purchase: PurchaseRow) {
  const { publicUrl } = ctx.deps.config
  const order = {
    purchase: purchase.id,
    pack: purchase.pack_id,
    title: `${purchase.credits} credits`,
    amountCents: purchase.amount_cents,
    currency: purchase.currency,
    successUrl: `${publicUrl}/credits/return?purchase=${purchase.id}`,
    cancelUrl: `${publicUrl}/credits`,
  }
  const customer = (await customerOf(ctx)) ?? (await newCustomer(ctx, payments, null))
  const session = await payments.createCheckout({ ...order, customer })
  if (session !== null) return session
  // Somebody deleted the customer in Stripe's dashboard.
  const again = await payments.createCheckout({ ...order, customer: await newCustomer(ctx, payments, customer) })
  if (again === null) throw new ForgeError('UNAVAILABLE')
  return again
}
