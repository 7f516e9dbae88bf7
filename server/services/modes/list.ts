import { requestBuckets } from '#server/services/limits/request-buckets.ts'
import type { SettingsRow } from '#server/adapters/database/rows.ts'
import type { Template } from '#server/adapters/workflows.ts'
import type { Context } from '#server/trpc/context.ts'
import type { Purse } from '#shared/jobs/rules.ts'
import type { ModeView, ModesView } from '#shared/modes/schema.ts'
import { isLicensed } from '#shared/workflows/licence.ts'
import type { Manifest, Variant } from '#shared/workflows/manifest.ts'
import { nameOf } from './choose-template.ts'
import { runnableOf } from './runnable.ts'

/** Every mode with the variant that the operator chose for it, and what renders at the moment. */
export async function listModes({ ctx }: { ctx: Context }): Promise<ModesView> {
  const { database, catalogue } = ctx.deps
  const [settings, online] = await Promise.all([database.settings(), database.workersOnline()])
  const chosen = new Map(catalogue.manifests.map(({ mode }) => [mode, templateOf(ctx, settings, mode)]))
  const names = [...chosen.values()].flatMap((template) => (template === null ? [] : [nameOf(template)]))
  const runnable = await runnableOf(database, names)
  const licensed = (template: Template) => isLicensed(template.variant, catalogue.models, settings.licences)
  // Only a mode that credits cannot buy makes the caller's purse matter.
  const restricted = [...chosen.values()].some((template) => template !== null && !licensed(template))
  const purse = restricted ? await purseOf(ctx) : 'free'
  const modes = catalogue.manifests.map((manifest) => {
    const template = chosen.get(manifest.mode) ?? null
    const affordable = template !== null && (purse === 'free' || licensed(template))
    const unavailable = whyUnavailable(template, affordable, runnable)
    return toView(manifest, template?.variant ?? manifest.variants[0], unavailable)
  })
  const standIn = online.length > 0 && online.every(({ capabilities: box }) => box.standIn || box.toy)
  return { modes, engine: { workersOnline: online.length, standIn } }
}

function whyUnavailable(
  template: Template | null,
  affordable: boolean,
  runnable: ReadonlySet<string>,
): ModeView['unavailable'] {
  if (template === null) return 'not-installed'
  if (!affordable) return 'licence'
  return runnable.has(nameOf(template)) ? null : 'no-worker'
}

function templateOf(ctx: Context, settings: SettingsRow, mode: string): Template | null {
  const variant = Object.hasOwn(settings.variants, mode) ? settings.variants[mode] : undefined
  return variant === undefined ? null : ctx.deps.catalogue.template(mode, variant)
}

/** What the caller's next image would be paid from; a visitor without an account is one with today's free images. */
async function purseOf(ctx: Context): Promise<Purse> {
  const user = ctx.caller.kind === 'user' ? ctx.caller.user : null
  const { purse } = await ctx.deps.database.quote({
    owner: user?.id ?? null,
    anonymous: user?.anonymous ?? true,
    buckets: await requestBuckets(ctx, user),
    template: null,
    count: 1,
    price: 0,
  })
  return purse
}

/** A slider that the variant binds to nothing would be a dead control, so it is not shown. */
function toView(manifest: Manifest, shown: Variant | undefined, unavailable: ModeView['unavailable']): ModeView {
  const bound = new Set(shown?.sliders.map((binding) => binding.slider))
  return {
    key: manifest.mode,
    title: manifest.title,
    summary: manifest.summary,
    variant: shown?.key ?? '',
    steps: shown?.steps ?? 0,
    price: manifest.price,
    inputs: manifest.inputs,
    sliders: manifest.sliders.filter((slider) => bound.has(slider.key)),
    available: unavailable === null,
    unavailable,
    mask: shown?.repaints ?? false,
    negative: (shown?.fields.negative.length ?? 0) > 0,
    aspect: shown !== undefined && (shown.sizeFrom === null || shown.whenAbsent !== undefined),
  }
}
