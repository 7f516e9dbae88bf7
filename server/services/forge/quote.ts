import type { z } from 'zod'
import { chooseTemplate, nameOf } from '#server/services/modes/choose-template.ts'
import { runnableOf } from '#server/services/modes/runnable.ts'
import { requestBuckets } from '#server/services/limits/request-buckets.ts'
import { savingNow } from '#server/services/limits/saving.ts'
import { toLimitsView } from '#server/services/limits/view.ts'
import type { VisitorContext } from '#server/trpc/context.ts'
import type { QuoteView, quoteInput } from '#shared/jobs/schema.ts'
import { isLicensed } from '#shared/workflows/licence.ts'
import { priceOf } from '#shared/workflows/pricing.ts'
import { toQueueView } from './queue-view.ts'

/** What the button says before it is pressed: purse, price, wait, and why it cannot be pressed when it cannot. */
export async function quoteJobs({
  ctx,
  input,
}: {
  ctx: VisitorContext
  input: z.infer<typeof quoteInput>
}): Promise<QuoteView> {
  const { database, catalogue, clock } = ctx.deps
  const [settings, buckets] = await Promise.all([database.settings(), requestBuckets(ctx, ctx.user)])
  const template = chooseTemplate(ctx, settings, input.mode)
  const price = priceOf(template.manifest, input.count)
  const quote = await database.quote({
    owner: ctx.user?.id ?? null,
    anonymous: ctx.user?.anonymous ?? true,
    buckets,
    template: nameOf(template),
    count: input.count,
    price,
    wish: { model_key: template.variant.modelKey, steps: template.variant.steps },
  })
  const name = nameOf(template)
  // The queue counts boxes that can run it: with one of those there is nothing more to ask.
  const runnable = quote.queue.workers_online > 0 || (await runnableOf(database, [name])).has(name)
  const unlicensed = quote.purse === 'credits' && !isLicensed(template.variant, catalogue.models, settings.licences)
  return {
    purse: quote.purse,
    price: quote.purse === 'free' ? input.count : price,
    queue: toQueueView(quote.queue),
    limits: toLimitsView(quote, savingNow(settings, clock.now())),
    // First, so that nobody is sent to buy credits for what no credits can buy.
    refusal: unlicensed || !runnable ? 'MODE_UNAVAILABLE' : quote.refusal,
  }
}
