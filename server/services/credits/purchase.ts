import type { PurchaseRow } from '#server/adapters/database/money.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { PurchaseState } from '#shared/credits/rules.ts'
import type { PurchaseView } from '#shared/credits/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { requirePayments } from './require-payments.ts'

type Asked = { ctx: UserContext; input: { id: string } }

/** How a purchase of the caller's stands, with the balance as it is now. Grants nothing. Throws NOT_FOUND. */
export async function readPurchase({ ctx, input }: Asked): Promise<PurchaseView> {
  const row = await own({ ctx, input })
  // After the row, so that a paid purchase never comes with the balance before it.
  const { balance } = await ctx.deps.database.balance(ctx.user.id)
  const { id, credits, currency, amount_cents: amountCents } = row
  return { id, state: stateOf(row), credits, currency, amountCents, balance }
}

/** Where Stripe shows the receipt, asked for anew because its address runs out. Throws NOT_FOUND. */
export async function readReceipt({ ctx, input }: Asked): Promise<{ url: string }> {
  const { stripe_payment_intent: intent } = await own({ ctx, input })
  const url = intent === null ? null : await requirePayments(ctx).receipt(intent)
  if (url === null) throw new ForgeError('NOT_FOUND')
  return { url }
}

async function own({ ctx, input }: Asked): Promise<PurchaseRow> {
  const row = await ctx.deps.database.purchase(input.id, ctx.user.id)
  if (row === null) throw new ForgeError('NOT_FOUND')
  return row
}

function stateOf(row: PurchaseRow): PurchaseState {
  return row.status === 'open' && row.processing_at !== null ? 'processing' : row.status
}
