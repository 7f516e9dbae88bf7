import type { SettingsRow } from '#server/adapters/database/rows.ts'
import type { Context } from '#server/trpc/context.ts'
import type { PacksView } from '#shared/credits/schema.ts'
import { isLicensed } from '#shared/workflows/licence.ts'

/** The shelf, and what an image costs of each mode that credits can buy here. */
export async function listPacks({ ctx }: { ctx: Context }): Promise<PacksView> {
  const { database, payments } = ctx.deps
  const [packs, settings] = await Promise.all([database.packs(), database.settings()])
  return {
    packs: packs.map(({ id, title, credits, currency, amount_cents: amountCents }) => ({
      id,
      title,
      credits,
      amountCents,
      currency,
      perCreditCents: amountCents / credits,
    })),
    modes: soldModes(ctx, settings),
    open: payments !== null,
    standIn: payments?.standIn ?? false,
  }
}

/** A mode without a worker just now counts: credits do not expire. One whose model may not be sold does not. */
function soldModes(ctx: Context, { variants, licences }: SettingsRow): PacksView['modes'] {
  const { manifests, template, models } = ctx.deps.catalogue
  return manifests.flatMap(({ mode: key, title, price }) => {
    const variant = Object.hasOwn(variants, key) ? variants[key] : undefined
    const chosen = variant === undefined ? null : template(key, variant)
    return chosen !== null && isLicensed(chosen.variant, models, licences) ? [{ key, title, price }] : []
  })
}
