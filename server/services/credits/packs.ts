import { listModes } from '#server/services/modes/list.ts'
import type { Context } from '#server/trpc/context.ts'
import type { PacksView } from '#shared/credits/schema.ts'

/** The shelf, and what an image of each mode that works here costs. */
export async function listPacks({ ctx }: { ctx: Context }): Promise<PacksView> {
  const { database, payments } = ctx.deps
  const [packs, { modes }] = await Promise.all([database.packs(), listModes({ ctx })])
  return {
    packs: packs.map(({ id, title, credits, currency, amount_cents: amountCents }) => ({
      id,
      title,
      credits,
      amountCents,
      currency,
      perCreditCents: amountCents / credits,
    })),
    modes: modes.filter((mode) => mode.available).map(({ key, title, price }) => ({ key, title, price })),
    open: payments !== null,
    standIn: payments?.standIn ?? false,
  }
}
