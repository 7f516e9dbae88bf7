import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ApiError } from '#supabase/local/http.ts'

/**
 * A refusal as Supabase Storage words it. `statusCode` is what happened; the HTTP status is 400 for almost all of
 * them (500 for our own faults), as upstream answers: clients read the body.
 */
export class StorageError extends Error {
  readonly statusCode: number
  /** Upstream's closed error code, e.g. `NoSuchKey`. */
  readonly code: string
  /** Upstream's older, human name of the error. */
  readonly error: string

  constructor(statusCode: number, code: string, message: string, error = code) {
    super(message)
    this.name = 'StorageError'
    this.statusCode = statusCode
    this.code = code
    this.error = error
  }
}

/** The refusals of this service, by upstream's names. */
export const refusals = {
  noSuchBucket: () => new StorageError(404, 'NoSuchBucket', 'Bucket not found', 'Bucket not found'),
  noSuchKey: () => new StorageError(404, 'NoSuchKey', 'Object not found', 'not_found'),
  alreadyExists: () => new StorageError(409, 'ResourceAlreadyExists', 'The resource already exists', 'Duplicate'),
  bucketNotEmpty: () =>
    new StorageError(409, 'ResourceNotEmpty', 'The bucket you tried to delete is not empty', 'InvalidRequest'),
  tooLarge: () =>
    new StorageError(413, 'EntityTooLarge', 'The object exceeded the maximum allowed size', 'Payload too large'),
  invalidMimeType: (type: string) =>
    new StorageError(415, 'InvalidMimeType', `mime type ${type} is not supported`, 'invalid_mime_type'),
  invalidKey: (key: string) => new StorageError(400, 'InvalidKey', `Invalid key: ${key}`),
  invalidBucketName: () => new StorageError(400, 'InvalidBucketName', 'Bucket name invalid', 'Invalid Input'),
  invalidRequest: (message: string) => new StorageError(400, 'InvalidRequest', message),
  invalidToken: (message: string) => new StorageError(400, 'InvalidJWT', message),
  wrongObject: () => new StorageError(400, 'InvalidSignature', 'The signature is for another object'),
  accessDenied: (message: string) => new StorageError(403, 'AccessDenied', message, 'Unauthorized'),
  noContent: (message: string) => new StorageError(400, 'InvalidRequest', message),
  timedOut: () => new StorageError(408, 'Aborted', 'The upload stood still for too long'),
} as const

/** Answers `{statusCode, error, code, message}`. */
export function renderStorageError(c: Context, error: StorageError): Response {
  // The rest of a refused upload is unread: the connection cannot carry another request.
  if (c.req.method === 'PUT' || c.req.method === 'POST') c.header('connection', 'close')
  const { statusCode, code, message } = error
  const status: ContentfulStatusCode = statusCode === 500 ? 500 : 400
  return c.json({ statusCode: String(statusCode), error: error.error, code, message }, status)
}

/** The refusal that a lower layer's error means, or undefined when it is our own fault. */
export function storageErrorOf(error: unknown): StorageError | undefined {
  if (error instanceof StorageError) return error
  if (error instanceof ApiError) {
    return new StorageError(error.status === 401 ? 403 : error.status, 'AccessDenied', error.message, 'Unauthorized')
  }
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (error.code === '42501') return refusals.accessDenied(rlsMessage(error.message))
  if (error.code === '23505') return refusals.alreadyExists()
  if (error.code === '23503') return refusals.noSuchBucket()
  if (error.code === '22P05' || error.code === '22021') {
    return refusals.invalidRequest('Text holds a character that cannot be stored')
  }
  return undefined
}

function rlsMessage(message: string): string {
  return message.includes('row-level security') ? 'new row violates row-level security policy' : message
}
