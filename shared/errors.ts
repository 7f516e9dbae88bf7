/**
 * Every refusal a caller can meet, in one closed table. SQL raises a code as the message of a P0001 error
 * (`raise exception 'PURSE_EMPTY'`, its data as JSON in `detail`); services throw `ForgeError`; one mapper turns
 * both into a tRPC error. The value is the tRPC code, which carries the HTTP status.
 */
export const errorCodes = {
  INVALID_INPUT: 'BAD_REQUEST',
  UNAUTHENTICATED: 'UNAUTHORIZED',
  FORBIDDEN: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  RATE_LIMITED: 'TOO_MANY_REQUESTS',
  UNAVAILABLE: 'SERVICE_UNAVAILABLE',
  INTERNAL: 'INTERNAL_SERVER_ERROR',

  MODE_UNKNOWN: 'BAD_REQUEST',
  MODE_UNAVAILABLE: 'PRECONDITION_FAILED',
  LICENCE_REQUIRED: 'PRECONDITION_FAILED',
  PROMPT_INVALID: 'BAD_REQUEST',
  ASSET_NOT_FOUND: 'NOT_FOUND',
  UPLOAD_NOT_FOUND: 'NOT_FOUND',
  UPLOAD_MISSING: 'PRECONDITION_FAILED',
  FILE_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  FILE_TYPE_UNSUPPORTED: 'UNSUPPORTED_MEDIA_TYPE',
  FILE_UNREADABLE: 'UNPROCESSABLE_CONTENT',
  IMAGE_TOO_MANY_PIXELS: 'UNPROCESSABLE_CONTENT',
  IMAGE_TOO_SMALL: 'UNPROCESSABLE_CONTENT',
  IMAGE_ANIMATED: 'UNPROCESSABLE_CONTENT',
  IMAGE_TOO_NARROW: 'UNPROCESSABLE_CONTENT',
  MASK_REQUIRED: 'BAD_REQUEST',
  MASK_EMPTY: 'UNPROCESSABLE_CONTENT',
  MASK_SIZE_MISMATCH: 'UNPROCESSABLE_CONTENT',
  WORK_IMAGE_REQUIRED: 'BAD_REQUEST',
  JOB_NOT_FOUND: 'NOT_FOUND',

  REQUEST_ID_REUSED: 'CONFLICT',
  PRICE_CHANGED: 'CONFLICT',
  PURSE_EMPTY: 'PAYMENT_REQUIRED',
  FREE_LIMIT_REACHED: 'TOO_MANY_REQUESTS',
  FREE_PAUSED: 'SERVICE_UNAVAILABLE',
  TOO_MANY_JOBS: 'TOO_MANY_REQUESTS',
  INTAKE_PAUSED: 'SERVICE_UNAVAILABLE',
  QUEUE_FULL: 'SERVICE_UNAVAILABLE',
  SPEND_CAP_REACHED: 'SERVICE_UNAVAILABLE',
  TOO_LATE_TO_CANCEL: 'CONFLICT',
  JOB_FINISHED: 'CONFLICT',

  ACCOUNT_REQUIRED: 'FORBIDDEN',
  PAYMENTS_UNAVAILABLE: 'PRECONDITION_FAILED',
  PURCHASE_CLOSED: 'CONFLICT',

  WORKER_KEY_INVALID: 'UNAUTHORIZED',
  WORKER_REVOKED: 'UNAUTHORIZED',
  JOB_OVER: 'CONFLICT',
  EPOCH_STALE: 'CONFLICT',
  OUTPUT_INVALID: 'UNPROCESSABLE_CONTENT',
} as const

export type ErrorCode = keyof typeof errorCodes

/** What travels beside a refusal: facts the UI words from (never prose, never internals). */
export type ErrorData = Readonly<Record<string, string | number | boolean | null>>

/** A typed refusal. `data` is what the caller may show; absent when there is nothing to add to the code. */
export class ForgeError extends Error {
  readonly code: ErrorCode
  readonly data: ErrorData

  constructor(code: ErrorCode, data: ErrorData = {}, options?: ErrorOptions) {
    super(code, options)
    this.name = 'ForgeError'
    this.code = code
    this.data = data
  }
}

/** True when `value` is one of the closed set of codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(errorCodes, value)
}
