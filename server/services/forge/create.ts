import type { NewJob } from '#server/adapters/database/port.ts'
import type { SpecRow } from '#server/adapters/database/rows.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { chooseTemplate } from '#server/services/modes/choose-template.ts'
import { requestBuckets } from '#server/services/limits/request-buckets.ts'
import { ForgeError } from '#shared/errors.ts'
import type { CreateInput, createResult } from '#shared/jobs/schema.ts'
import { isLicensed } from '#shared/workflows/pricing.ts'
import type { z } from 'zod'
import { toLimitsView } from '#server/services/limits/view.ts'
import { jobViews } from './job-views.ts'
import { planJobs } from './plan-jobs.ts'
import { requestHash } from './request-hash.ts'

/**
 * One press of Generate. Everything is checked before anything is held; a repeated request id with the same wish
 * answers the same jobs. Throws MODE_*, LICENCE_REQUIRED, INVALID_INPUT, ASSET_NOT_FOUND and every refusal of
 * `enqueue_jobs`.
 */
export async function createJobs({
  ctx,
  input,
}: {
  ctx: UserContext
  input: CreateInput
}): Promise<z.infer<typeof createResult>> {
  const { database, ids } = ctx.deps
  const owner = ctx.user.id
  const [settings, assets, buckets] = await Promise.all([
    database.settings(),
    database.assets(
      owner,
      input.inputs.map(({ assetId }) => assetId),
    ),
    requestBuckets(ctx, ctx.user),
  ])
  const template = chooseTemplate(ctx, settings, input.mode)
  const jobs = planJobs({ input, template, assets, drawnSeed: ids.seed(), newId: ids.row })
  if (input.purse === 'credits' && !isLicensed(template.variant, settings.licences)) {
    throw new ForgeError('LICENCE_REQUIRED', { licence: template.variant.licence })
  }

  const enqueued = await database.enqueueJobs({
    owner,
    anonymous: ctx.user.anonymous,
    requestId: input.requestId,
    requestHash: requestHash(input),
    purse: input.purse,
    expectedPrice: input.expectedPrice,
    buckets,
    jobs,
  })

  const [rows, positions, quote] = await Promise.all([
    database.jobs(owner, { ids: enqueued.jobs }),
    database.queuePositions(enqueued.jobs),
    database.quote({
      owner,
      anonymous: ctx.user.anonymous,
      buckets,
      template: `${template.manifest.mode}/${template.variant.key}`,
      count: 1,
      price: template.manifest.price,
    }),
  ])
  // A replay answers the jobs of the first press, which drew other seeds than this one.
  const known = enqueued.replayed ? undefined : { specs: jobs.map(toSpec), inputs: assets, positions }
  const views = await jobViews(ctx, rows, known)
  return { jobs: views.toSorted((a, b) => a.ordinal - b.ordinal), limits: toLimitsView(quote) }
}

function toSpec({ id, prompt, creativity, chaos, seed, inputs }: NewJob): SpecRow {
  return { job_id: id, prompt, creativity, chaos, seed, inputs }
}
