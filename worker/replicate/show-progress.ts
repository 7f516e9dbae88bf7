import type { Variant } from '#shared/workflows/manifest.ts'
import type { ProviderOffer } from '#shared/workflows/provider.ts'
import type { Progress } from '#worker/core/read-progress.ts'
import type { Prediction } from './api.ts'
import type { ModelInput } from './make-input.ts'
import { readSteps, sampledSteps } from './read-logs.ts'

const loadingShare = 0.05
const samplingShare = 0.9

/** Steps that the model's log will count to; null for a model that counts none. */
export function loggedTotal({ steps }: ProviderOffer, input: ModelInput): number | null {
  if (steps === null) return null
  const strength = steps.strength === undefined ? undefined : input[steps.strength]
  return sampledSteps(steps.total, typeof strength === 'number' ? strength : undefined)
}

/**
 * What a prediction shows of itself. Without steps the bar follows the time that such an image takes, ever slower, and
 * never arrives by itself: `runningMs` since it began.
 */
export function showProgress(
  seen: Pick<Prediction, 'status' | 'logs'>,
  made: { offer: ProviderOffer; variant: Variant; total: number | null; runningMs: number },
): Progress {
  const { offer, variant, total, runningMs } = made
  const steps = total ?? variant.steps
  if (seen.status === 'starting') return { stage: 'loading', step: 0, steps, progress: 0 }
  const logged = total === null ? null : readSteps(seen.logs ?? '', total)
  if (logged) {
    const progress = loadingShare + samplingShare * (logged.step / logged.steps)
    return { stage: 'sampling', ...logged, progress }
  }
  const byTime = total === null ? 1 - Math.exp(-runningMs / (offer.typicalS * 1_000)) : 0
  return { stage: 'sampling', step: 0, steps, progress: loadingShare + samplingShare * byTime }
}
