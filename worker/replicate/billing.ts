import type { Prediction } from './api.ts'

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
