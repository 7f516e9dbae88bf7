import type { ClaimedJob } from '#shared/worker/schema.ts'
import { usdMicrosOf, type ProviderOffer } from '#shared/workflows/provider.ts'
import type { Prediction } from './api.ts'

/** What the provider charges for a job's image, millionths of a dollar. */
export function priceOf(offer: ProviderOffer, { inputs }: Pick<ClaimedJob, 'inputs'>): number {
  const roles = new Set(offer.images.map(({ role }) => role))
  return usdMicrosOf(offer, inputs.filter(({ role }) => roles.has(role)).length)
}

/**
 * Millionths of a dollar that a prediction is booked with, at most what the provider charges: nothing for one that never
 * began (`aborted`, or ended before `started_at`), the whole price for one that made an image, was stopped while it ran or
 * broke. https://replicate.com/changelog/2025-10-16-prediction-deadlines, https://replicate.com/docs/billing
 */
export function billed({ status, started_at: startedAt, metrics }: Prediction, usdMicros: number): number {
  if (status === 'succeeded') return usdMicros
  if (status === 'aborted') return 0
  return startedAt || (metrics?.predict_time ?? 0) > 0 ? usdMicros : 0
}
