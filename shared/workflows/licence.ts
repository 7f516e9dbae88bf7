import type { Variant } from './manifest.ts'
import type { ModelFile, ModelList } from './models.ts'

export type Licence = {
  licence: string
  kind: 'free' | 'non-commercial'
  /** Model keys that make it non-commercial: what the operator has to state. */
  restrictedBy: readonly string[]
}

/** The variant's files, in the list's order. */
export function modelsOf(variant: Pick<Variant, 'models'>, models: ModelList): ModelFile[] {
  return models.filter((file) => variant.models.includes(file.key))
}

/**
 * The most restrictive licence over every file that the variant loads. A file that the list does not hold counts as
 * restricted: what is not known to be free is not sold.
 */
export function licenceOf(variant: Pick<Variant, 'models' | 'modelKey'>, models: ModelList): Licence {
  const known = modelsOf(variant, models)
  const unknown = variant.models.filter((key) => !known.some((file) => file.key === key))
  const restricted = known.filter((file) => file.licenceKind === 'non-commercial')
  const named = restricted[0] ?? known.find((file) => file.key === variant.modelKey)
  const restrictedBy = [...restricted.map((file) => file.key), ...unknown]
  return {
    licence: unknown.length > 0 || named === undefined ? 'unknown' : named.licence,
    kind: restrictedBy.length > 0 ? 'non-commercial' : 'free',
    restrictedBy,
  }
}

/**
 * True when a job paid with credits may use the variant: every file is free to sell images from, or the operator states
 * (`settings.licences`, model keys) that he holds its licence.
 */
export function isLicensed(
  variant: Pick<Variant, 'models' | 'modelKey'>,
  models: ModelList,
  stated: readonly string[],
): boolean {
  return licenceOf(variant, models).restrictedBy.every((key) => stated.includes(key))
}
