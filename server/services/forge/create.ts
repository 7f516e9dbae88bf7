import type { UserContext } from '#server/trpc/context.ts'
import { chooseTemplate } from '#server/services/modes/choose-template.ts'
import { requestBuckets } from '#server/services/limits/request-buckets.ts'
import { ForgeError } from '#shared/errors.ts'
import type { CreateInput, createResult } from '#shared/jobs/schema.ts'
import { isLicensed, licenceOf } from '#shared/workflows/licence.ts'
import type { z } from 'zod'
import { toLimitsView } from '#server/services/limits/view.ts'
import { jobViews } from './job-views.ts'
import { planJobs } from './plan-jobs.ts'
import { requestHash } from './request-hash.ts'

/**
 * One press of Generate: one call of the database, which checks everything before it holds anything. A repeated
 * request id with the same wish answers the same jobs. Throws MODE_*, LICENCE_REQUIRED, INVALID_INPUT, ASSET_NOT_FOUND and every refusal of
 * `enqueue_jobs`.
 */
export async function createJobs({
  ctx,
  input,
}: {
  ctx: UserContext
  input: CreateInput
}): Promise<z.infer<typeof createResult>> {
  const { database, ids, catalogue } = ctx.deps
  const [settings, buckets] = await Promise.all([database.settings(), requestBuckets(ctx, ctx.user)])
  const template = chooseTemplate(ctx, settings, input.mode)
  const jobs = planJobs({ input, template, drawnSeed: ids.seed(), newId: ids.row })
  if (input.purse === 'credits' && !isLicensed(template.variant, catalogue.models, settings.licences)) {
    throw new ForgeError('LICENCE_REQUIRED', { licence: licenceOf(template.variant, catalogue.models).licence })
  }

  const press = await database.enqueueJobs({
    owner: ctx.user.id,
    anonymous: ctx.user.anonymous,
    requestId: input.requestId,
    requestHash: requestHash(input),
    purse: input.purse,
    expectedPrice: input.expectedPrice,
    buckets,
    jobs,
  })
  return { jobs: await jobViews(ctx, press.jobs, press), limits: toLimitsView(press.quote) }
}
