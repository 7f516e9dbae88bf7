import type { Context } from '#server/trpc/context.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
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

/** The template for a request with images of these roles: another one where the chosen one cannot do without. */
export function templateFor(ctx: Context, chosen: Template, roles: readonly InputRole[]): Template {
  const { whenAbsent } = chosen.variant
  if (whenAbsent === undefined || roles.includes(whenAbsent.role)) return chosen
  const other = ctx.deps.catalogue.template(chosen.manifest.mode, whenAbsent.variant)
  if (other === null) throw new ForgeError('MODE_UNAVAILABLE')
  return other
}

/** `mode/variant`, as boxes and books name a template. */
export function nameOf({ manifest, variant }: Template): string {
  return `${manifest.mode}/${variant.key}`
}
