/** Words and pure rules of a job that browser, server and worker share. No zod here: the browser bundles this file. */
export const jobStatuses = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const
export type JobStatus = (typeof jobStatuses)[number]

export const jobStages = ['waiting', 'starting', 'loading', 'sampling', 'decoding', 'saving'] as const
export type JobStage = (typeof jobStages)[number]

export const purses = ['free', 'credits'] as const
export type Purse = (typeof purses)[number]

export const inputRoles = ['base', 'composition', 'style', 'source'] as const
export type InputRole = (typeof inputRoles)[number]

/** Why a job ended without an image, or an attempt was lost. Worded for people in the client's copy module. */
export const failureCodes = [
  'OUT_OF_MEMORY',
  'MODEL_MISSING',
  'GRAPH_INVALID',
  'INPUT_UNREADABLE',
  'INPUT_GONE',
  'OUTPUT_EMPTY',
  'OUTPUT_CORRUPT',
  'STAGE_TIMEOUT',
  'ENGINE_ERROR',
  'ENGINE_UNREACHABLE',
  'WORKER_LOST',
  'UPLOAD_FAILED',
  'PROVIDER_REFUSED',
  'INTERNAL',
] as const
export type FailureCode = (typeof failureCodes)[number]

/** Outside providers that may render instead of a box. */
export const providers = ['replicate'] as const

/** Why a provider rendered: no box was heard of, the wait would have been too long, or the operator asked for it. */
export const fallbackReasons = ['silent', 'wait', 'asked'] as const
export type FallbackReason = (typeof fallbackReasons)[number]

/** Why an image came out smaller: the card had no room for more, or free images were smaller that day. */
export const smallerReasons = ['memory', 'saving'] as const

export type SliderValues = { creativity: number; chaos: number }
export const sliderDefaults: SliderValues = { creativity: 50, chaos: 30 }

export const jobLimits = {
  /** Images from one press of Generate. */
  count: { min: 1, max: 4 },
  /** Input images of one request. */
  inputs: { max: 4 },
  /** Unicode code points of a prompt after NFC. */
  promptCodePoints: 2_000,
  slider: { min: 0, max: 100 },
} as const

/** Share of sampling steps from which a running job can no longer be canceled. */
export const cancelUntilProgress = 0.8

/** What a cancel does with the price: gives it back, stops and keeps it, or is refused because the image is nearly done. */
export const cancelEffects = ['returns', 'keeps', 'too-late'] as const
export type CancelEffect = (typeof cancelEffects)[number]

/**
 * `operator`: dispatch is paused by hand. `midnight`: today's money is spent; it goes on by itself at 00:00 UTC.
 * `no_worker`: no box that could run it is up; `queue.startingMs` says whether one is on its way.
 */
export const waitReasons = ['operator', 'midnight', 'no_worker'] as const
export type WaitReason = (typeof waitReasons)[number]

/** True once nothing can change a job any more. */
export function isOver(status: JobStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled'
}

/** True while a cancel still returns what was held: in the queue, or running below 80 % of its steps. */
export function canCancel(job: { status: JobStatus; step: number; steps: number }): boolean {
  if (job.status === 'queued') return true
  return job.status === 'running' && (job.steps === 0 || job.step < job.steps * cancelUntilProgress)
}

/**
 * The merge rule of rows and messages, everywhere in the browser: a terminal state is final, and only a higher
 * version replaces what is held.
 */
export function isNewer(held: { version: number; status: JobStatus }, incoming: { version: number }): boolean {
  return incoming.version > held.version
}
