import type { Context } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { Template } from '#server/adapters/workflows.ts'
import type { SettingsRow } from '#server/adapters/database/rows.ts'

/** The template that a mode renders with now. Throws MODE_UNKNOWN, or MODE_UNAVAILABLE while none is chosen. */
export function chooseTemplate(ctx: Context, settings: SettingsRow, mode: string): Template {
  if (!ctx.deps.catalogue.manifests.some((manifest) => manifest.mode === mode)) throw new ForgeError('MODE_UNKNOWN')
  const variant = Object.hasOwn(settings.variants, mode) ? settings.variants[mode] : undefined
  const template = variant === undefined ? null : ctx.deps.catalogue.template(mode, variant)
  if (template === null) throw new ForgeError('MODE_UNAVAILABLE')
  return template
}
