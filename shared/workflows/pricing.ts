import type { Manifest, Variant } from './manifest.ts'

/** Credits for one press. */
export function priceOf(value: Pick<Manifest, 'price'>, count: number): number {
  return value.price * count
}

/** True when a job paid with credits may use the variant, given the model keys whose licence the operator states. */
export function isLicensed(variant: Pick<Variant, 'licenceKind' | 'modelKey'>, stated: readonly string[]): boolean {
  return variant.licenceKind === 'free' || stated.includes(variant.modelKey)
}
