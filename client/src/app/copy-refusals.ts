import type { ErrorCode, ErrorData } from '#shared/errors.ts'
import { formatBytes, formatClock, formatWait, plural } from '#client/lib/format.ts'
import { money } from './copy.ts'

type Worded = (data: ErrorData) => string
const nothing = 'Nothing was charged.'
const ours = `Something broke on our side. ${nothing} Try again in a moment.`
const worker: Worded = () => ours

/** Every refusal in words: what happened, that it cost nothing, what to do next. Exhaustive by type. */
export const refusals: Record<ErrorCode, Worded> = {
  INVALID_INPUT: () => `The server could not read that request. ${nothing} Reload the page and try again.`,
  UNAUTHENTICATED: () => `Your sign-in ended. ${nothing} Press Generate again, or sign in.`,
  FORBIDDEN: () => `This account may not do that. ${nothing}`,
  NOT_FOUND: () => 'That is no longer here.',
  RATE_LIMITED: (data) => {
    const seconds = data['retry_after_s']
    const wait = typeof seconds === 'number' ? plural(seconds, 'second', 'seconds') : 'a few seconds'
    return `Too many requests at once. ${nothing} Wait ${wait} and try again.`
  },
  UNAVAILABLE: () => `The forge cannot be reached right now. ${nothing} Your draft is saved; try again in a moment.`,
  INTERNAL: () => ours,
  MODE_UNKNOWN: () => `This mode is gone. ${nothing} Reload the page.`,
  MODE_UNAVAILABLE: () => `No model for this mode is installed here. ${nothing}`,
  LICENCE_REQUIRED: () => `The model of this mode may not be used for paid work here. ${nothing}`,
  PROMPT_INVALID: () =>
    `The prompt holds something the model cannot take: control characters, “embedding:”, or more than 2,000 characters. ${nothing} Edit it and try again.`,
  ASSET_NOT_FOUND: () => `The image is no longer on the server. ${nothing} Press Generate again to send it once more.`,
  UPLOAD_NOT_FOUND: () => `The upload ran out of time. ${nothing} Press Generate again.`,
  UPLOAD_MISSING: () => `The image did not arrive. ${nothing} Press Generate again.`,
  FILE_TOO_LARGE: (data) =>
    typeof data['bytes'] === 'number' && typeof data['limit'] === 'number'
      ? `That file is ${formatBytes(data['bytes'])}; the limit is ${formatBytes(data['limit'])}.`
      : 'That file is over the limit.',
  FILE_TYPE_UNSUPPORTED: () => 'That file is not a JPEG, PNG or WebP image.',
  FILE_UNREADABLE: () => 'That file cannot be read as an image.',
  IMAGE_TOO_MANY_PIXELS: () => 'That image has too many pixels.',
  IMAGE_TOO_SMALL: () => 'That image is too small; its short edge needs at least 64 pixels.',
  IMAGE_ANIMATED: () => 'That image is animated. Export one frame and use that.',
  IMAGE_TOO_NARROW: () => 'That image is more than four times as long as it is wide. Crop it and try again.',
  MASK_REQUIRED: () => 'Paint what should change first.',
  MASK_EMPTY: (data) =>
    typeof data['grow'] === 'number' && data['grow'] < 0
      ? 'Shrunk that far, nothing is left of the mask. Shrink it less or paint more.'
      : 'The mask is empty. Paint what should change.',
  MASK_SIZE_MISMATCH: () => 'The mask does not have the size of its image. Paint it again.',
  WORK_IMAGE_REQUIRED: () => 'The image is not ready for this mode. Put it in its slot again.',
  JOB_NOT_FOUND: () => 'That image is not in this account.',
  REQUEST_ID_REUSED: () => `That press had already been sent with other settings. ${nothing} Press Generate again.`,
  PRICE_CHANGED: (data) =>
    typeof data['price'] === 'number' && (data['purse'] === 'free' || data['purse'] === 'credits')
      ? `It would now take ${money(data['purse'], data['price'])}. ${nothing} Press again if that is fine.`
      : `The price has changed. ${nothing} The button shows the new one.`,
  PURSE_EMPTY: () => `There are not enough credits for this. ${nothing}`,
  FREE_LIMIT_REACHED: (data) =>
    typeof data['resets_at'] === 'string'
      ? `Today’s free images are used up. ${nothing} More at ${formatClock(data['resets_at'])}.`
      : `Today’s free images are used up. ${nothing}`,
  FREE_PAUSED: (data) =>
    `Today’s free images are given out for everyone. ${nothing} Credits still work; free images are back ${
      typeof data['resets_at'] === 'string' ? `at ${formatClock(data['resets_at'])}` : 'at 00:00 UTC'
    }.`,
  TOO_MANY_JOBS: (data) =>
    typeof data['cap'] === 'number'
      ? `${plural(data['cap'], 'image', 'images')} at a time is the limit. ${nothing} Press again when one is done.`
      : `Too many images are in work. ${nothing} Press again when one is done.`,
  QUEUE_FULL: (data) =>
    `The queue is full. Try again in about ${formatWait(Number(data['retry_after_s'] ?? 60) * 1_000)}. ${nothing}`,
  INTAKE_PAUSED: () => `Generation is paused for maintenance. Your draft is saved. ${nothing}`,
  SPEND_CAP_REACHED: () =>
    `The forge is at today’s limit. Credits are untouched. ${nothing} The queue opens again at 00:00 UTC.`,
  TOO_LATE_TO_CANCEL: () => 'Too late to cancel; it is yours in a moment.',
  JOB_FINISHED: () => 'It finished first, so it is yours.',
  ACCOUNT_REQUIRED: () => `Credits belong to an account. ${nothing} Create one; your draft stays.`,
  PAYMENTS_UNAVAILABLE: () => `Credits are not sold here. ${nothing}`,
  PURCHASE_CLOSED: () => `That checkout is over. ${nothing} Choose a pack again.`,
  WORKER_KEY_INVALID: worker,
  WORKER_REVOKED: worker,
  JOB_OVER: worker,
  EPOCH_STALE: worker,
  OUTPUT_INVALID: worker,
}
