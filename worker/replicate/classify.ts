import type { ClaimedJob } from '#shared/worker/schema.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import type { Prediction } from './api.ts'
import type { ReplicateError } from './replicate-error.ts'

const byFilter = /nsfw|safety|sensitive|flagged|moderat|content polic|E005/i
const code = /\bE\d{3,5}\b/

/** No provider makes this image. A box may, where there are boxes: only what the operator sends out anyway ends here. */
export function refusedBy(detail: string, remote: ClaimedJob['remote']): JobFailure {
  return new JobFailure(remote?.reason === 'asked' ? 'provider-refused-for-good' : 'provider-refused', detail)
}

/** Why a prediction that has ended brought no image. Its own words stay out: they may repeat the prompt. */
export function classifyEnd({ status, error, id }: Prediction, remote: ClaimedJob['remote']): JobFailure {
  const text = typeof error === 'string' ? error : ''
  const known = code.exec(text)?.[0] ?? ''
  if (status === 'failed' && byFilter.test(text)) return refusedBy(`filter of prediction ${id} ${known}`.trim(), remote)
  if (status === 'failed') return new JobFailure('engine-error', `prediction ${id} failed ${known}`.trim())
  return new JobFailure('stage-hung', `prediction ${id} was ${status} at its deadline`)
}

/** What a refused or unheard call means for the attempt. */
export function classifyCall(error: ReplicateError, remote: ClaimedJob['remote']): JobFailure {
  const { kind, message } = error
  if (kind === 'invalid') return refusedBy(message, remote)
  const isTheirs = kind === 'away' || kind === 'lost' || kind === 'gone'
  return new JobFailure(isTheirs ? 'engine-away' : 'provider-closed', message, { cause: error })
}
