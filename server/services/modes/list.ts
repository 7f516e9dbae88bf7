import type { Context } from '#server/trpc/context.ts'
import type { ModeView, ModesView } from '#shared/modes/schema.ts'
import type { Manifest, Variant } from '#shared/workflows/manifest.ts'

/** Every mode with the variant that the operator chose for it, and what renders at the moment. */
export async function listModes({ ctx }: { ctx: Context }): Promise<ModesView> {
  const { database, catalogue } = ctx.deps
  const [settings, online] = await Promise.all([database.settings(), database.workersOnline()])
  const modes = catalogue.manifests.map((manifest) => {
    const chosen = settings.variants[manifest.mode]
    const template = chosen === undefined ? null : catalogue.template(manifest.mode, chosen)
    return toView(manifest, template?.variant ?? null)
  })
  const standIn = online.length > 0 && online.every((worker) => worker.capabilities.standIn)
  return { modes, engine: { workersOnline: online.length, standIn } }
}

/** A slider that the variant binds to nothing would be a dead control, so it is not shown. */
function toView(manifest: Manifest, variant: Variant | null): ModeView {
  const shown = variant ?? manifest.variants[0]
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
    available: variant !== null,
    mask: shown?.repaints ?? false,
    negative: (shown?.fields.negative.length ?? 0) > 0,
    aspect: shown !== undefined && (shown.sizeFrom === null || shown.whenAbsent !== undefined),
  }
}
