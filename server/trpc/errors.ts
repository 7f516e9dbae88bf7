import { TRPCError } from '@trpc/server'
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc'
import { ZodError } from 'zod'
import { type ErrorCode, type ErrorData, ForgeError, errorCodes, isErrorCode } from '#shared/errors.ts'

/** Beside tRPC's own fields in `error.data`: what clients read. */
export type ForgeErrorShape = { code: ErrorCode; data: ErrorData }

/** Words for tRPC's own refusals, which happen before or around a procedure. */
const builtIn: Partial<Record<TRPC_ERROR_CODE_KEY, ErrorCode>> = {
  BAD_REQUEST: 'INVALID_INPUT',
  PARSE_ERROR: 'INVALID_INPUT',
  METHOD_NOT_SUPPORTED: 'INVALID_INPUT',
  UNSUPPORTED_MEDIA_TYPE: 'INVALID_INPUT',
  PAYLOAD_TOO_LARGE: 'INVALID_INPUT',
  NOT_FOUND: 'NOT_FOUND',
  CLIENT_CLOSED_REQUEST: 'UNAVAILABLE',
}

/** The typed refusal behind any error of a call, or null when it is one that nobody foresaw. */
export function toForgeError(error: TRPCError): ForgeError | null {
  if (error.cause instanceof ForgeError) return error.cause
  if (error.cause instanceof ZodError && error.code === 'BAD_REQUEST') return fromZod(error.cause)
  const code = builtIn[error.code]
  // A cause that is not ours may quote internals, so only the code survives.
  return code === undefined ? null : new ForgeError(code)
}

/** First issue decides; a schema that names a code in `params` wins over the generic one. */
function fromZod(error: ZodError): ForgeError {
  for (const issue of error.issues) {
    if (issue.code === 'custom' && isErrorCode(issue.params?.['code'])) {
      return new ForgeError(issue.params['code'], { path: issue.path.join('.') })
    }
  }
  const first = error.issues[0]
  return new ForgeError('INVALID_INPUT', { path: first?.path.join('.') ?? '', issue: first?.code ?? 'invalid' })
}

/** The tRPC error that carries a refusal; its message is the code, never prose or internals. */
export function toTRPCError(refusal: ForgeError): TRPCError {
  return new TRPCError({ code: errorCodes[refusal.code], message: refusal.code, cause: refusal })
}

/** What the formatter sends for an error that may not have passed the mapper (unknown path, bad JSON). */
export function shapeOf(error: TRPCError): ForgeErrorShape {
  const refusal = toForgeError(error)
  return refusal === null ? { code: 'INTERNAL', data: {} } : { code: refusal.code, data: refusal.data }
}
