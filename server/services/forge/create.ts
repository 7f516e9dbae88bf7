import type { z } from 'zod'
import type { SettingsRow } from '#server/adapters/database/rows.ts'
import type { Template } from '#server/adapters/workflows.ts'
import { requestBuckets } from '#server/services/limits/request-buckets.ts'
import { savingNow } from '#server/services/limits/saving.ts'
import { toLimitsView } from '#server/services/limits/view.ts'
import { chooseTemplate, nameOf, templateFor } from '#server/services/modes/choose-template.ts'
import { runnableOf } from '#server/services/modes/runnable.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { CreateInput, createResult } from '#shared/jobs/schema.ts'
import { saves } from '#shared/limits/rules.ts'
import { isLicensed, licenceOf } from '#shared/workflows/licence.ts'
import { checkMask, checkRepaint, checkRoles, checkShrunk } from './check-request.ts'
import { jobViews } from './job-views.ts'
import { planJobs } from './plan-jobs.ts'
import { requestHash } from './request-hash.ts'

/**
 * One press of Generate: one call of the database, which checks everything before it holds anything. A repeated
 * request id with the same wish answers the same jobs. Throws MODE_*, LICENCE_REQUIRED, INVALID_INPUT, ASSET_NOT_FOUND,
 * for a mode that repaints MASK_* and WORK_IMAGE_REQUIRED, and every refusal of `enqueue_jobs`.
 */
export async function createJobs({
  ctx,
  input,
}: {
  ctx: UserContext
  input: CreateInput
}): Promise<z.infer<typeof createResult>> {
  const { database, ids, clock, capacity } = ctx.deps
  const [settings, buckets] = await Promise.all([database.settings(), requestBuckets(ctx, ctx.user)])
  const template = await checkedTemplate(ctx, settings, input)
  const saving = savingNow(settings, clock.now())
  const press = await database.enqueueJobs({
    owner: ctx.user.id,
    anonymous: ctx.user.anonymous,
    requestId: input.requestId,
    requestHash: requestHash(input),
    purse: input.purse,
    expectedPrice: input.expectedPrice,
    buckets,
    jobs: planJobs({
      input,
      template,
      drawnSeed: ids.seed(),
      newId: ids.row,
      maxPixels: saves(saving, 'free_size') && input.purse === 'free' ? settings.saving_free_pixels : null,
    }),
  })
  if (press.positions.some(({ workers_online: online }) => online === 0)) capacity?.nudge.ring()
  return { jobs: await jobViews(ctx, press.jobs, press), limits: toLimitsView(press.quote, saving) }
}

/** The template that serves the request, which fits it, is paid for and can be run. */
async function checkedTemplate(ctx: UserContext, settings: SettingsRow, input: CreateInput): Promise<Template> {
  const { database, catalogue } = ctx.deps
  const chosen = chooseTemplate(ctx, settings, input.mode)
  checkRoles(chosen.manifest, input.inputs)
  const roles = input.inputs.map(({ role }) => role)
  const template = templateFor(ctx, chosen, roles)
  checkMask(template, input.mask)
  if (input.mask !== null) {
    const named = [...input.inputs, input.mask].map(({ assetId }) => assetId)
    const assets = await database.assets(ctx.user.id, [...new Set(named)])
    checkRepaint(template.variant, input, assets)
    await checkShrunk(ctx.deps, input.mask, assets)
  }
  if (input.purse === 'credits' && !isLicensed(template.variant, catalogue.models, settings.licences)) {
    throw new ForgeError('LICENCE_REQUIRED', { licence: licenceOf(template.variant, catalogue.models).licence })
  }
  const name = nameOf(template)
  const runnable = (await runnableOf(database, [name])).has(name)
  if (!runnable && !(await wasPressed(ctx, input.requestId))) throw new ForgeError('MODE_UNAVAILABLE')
  return template
}

/** What was pressed before is answered, whoever went offline since. */
async function wasPressed(ctx: UserContext, requestId: string): Promise<boolean> {
  return (await ctx.deps.database.jobs(ctx.user.id, { requestId })).length > 0
}
