import type { FailureCode, Purse } from '#shared/jobs/rules.ts'
import { formatOrdinal, formatWait } from '#client/lib/format.ts'
import { money } from './copy.ts'

/** What came back, as a sentence; says so plainly when nothing had to. */
export function returned(purse: Purse, amount: number): string {
  return amount === 0 ? 'Nothing came back.' : `${money(purse, amount)} returned.`
}

/** Why a job ended without an image. Money is said beside it, from what the row says came back. */
export const failures: Record<FailureCode, string> = {
  OUT_OF_MEMORY: 'The worker ran out of memory. A smaller image may work.',
  PROVIDER_REFUSED: 'The outside provider refused this picture or these words. Try others.',
  MODEL_MISSING: 'The worker does not have the model. We have been told.',
  GRAPH_INVALID: 'The worker refused the workflow. We have been told.',
  INPUT_UNREADABLE: 'The worker could not open the image. Try another file.',
  INPUT_GONE: 'An image that you gave is no longer stored. Add it again, then press Generate.',
  OUTPUT_EMPTY: 'The worker finished without an image.',
  OUTPUT_CORRUPT: 'The finished image could not be read.',
  STAGE_TIMEOUT: 'The worker stopped answering.',
  ENGINE_ERROR: 'The engine stopped with an error.',
  ENGINE_UNREACHABLE: 'The worker lost its engine.',
  WORKER_LOST: 'The worker went away.',
  UPLOAD_FAILED: 'The finished image could not be sent back.',
  INTERNAL: 'Something broke on our side.',
}

/** The one line under the image, and what can be done there. */
export const copyState = {
  preparing: 'Preparing',
  resizing: (from: string, to: string) => `${from} to ${to}`,
  uploading: 'Sending the image',
  stopSending: 'Stop sending',
  ready: 'On the bench',
  creating: 'Asking for a place in the queue',
  nextInLine: 'Next in line',
  inLine: (place: number) => `${formatOrdinal(place)} in line`,
  queued: 'In the queue',
  about: (ms: number) => `about ${formatWait(ms)}`,
  left: (words: string) => `${words} left`,
  noWorker: 'No worker online',
  atMost: (ms: number) => `${formatWait(ms)} at most, as a rule`,
  between: (from: number, to: number) => `${formatWait(from)} to ${formatWait(to)}`,
  late: 'longer than usual',
  warm: { yes: 'model warm', no: 'the model loads first' },
  byProvider: 'a provider renders it',
  noWorkerMore: 'your place is kept',
  startingOne: (ms: number) => `starting one, about ${formatWait(ms)}`,
  startingShort: 'Starting a worker',
  startingNow: 'starting one, any moment now',
  waits: {
    operator: 'paused for maintenance; your place is kept',
    midnight: 'at today’s limit; it goes on at 00:00 UTC',
    no_worker: 'no worker is online; your place is kept',
  },
  starting: 'A worker has it',
  loading: 'Loading the model',
  step: 'Step',
  of: 'of',
  saving: 'Saving the full size',
  opening: 'Opening the image',
  done: 'Done',
  doneIn: (ms: number) => `Done in\u{a0}${formatWait(ms).replace(' ', '\u{a0}')}`,
  failed: 'Failed',
  failedAt: (step: number) => `Failed at step ${step}`,
  canceledQueue: 'Cancelled in the queue',
  canceledAt: (step: number) => `Cancelled at step ${step}`,
  deleted: 'Deleted',
  deletedMore: 'It is kept for 30 days before it is gone for good.',
  bringBack: 'Bring it back',
  stopping: 'Stopping…',
  cancel: 'Cancel',
  returns: (purse: Purse, price: number) => `returns ${money(purse, price)}`,
  stopsNoReturn: 'returns nothing',
  tooLate: 'Too late to cancel; it is yours in a moment',
  tooLateShort: 'Too late to cancel',
  retry: 'Retry',
  again: 'Run again',
  heard: (seconds: number) => `last heard ${seconds} s ago`,
  stepsLabel: 'Steps',
  loadingJob: 'Looking for that image',
} as const
