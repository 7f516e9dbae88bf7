import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { DatabaseError } from 'pg'
import { z } from 'zod'

import { ApiError, parseJson } from '../http.ts'

/** PostgREST's table of SQLSTATE to HTTP status (its documentation, "Errors"): whole codes first, then classes. */
const statusByCode: Readonly<Record<string, ContentfulStatusCode>> = {
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '53400': 500,
  '57P01': 503,
  P0001: 400,
}
const statusByClass: Readonly<Record<string, ContentfulStatusCode>> = {
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '21': 500,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
}

/** What a function may answer with by `raise sqlstate 'PGRST'`: the body as JSON in message, the status in detail. */
const raisedBody = z.object({
  code: z.string(),
  message: z.string(),
  details: z.string().nullish(),
  hint: z.string().nullish(),
})
const raisedDetail = z.object({ status: z.int().min(200).max(599) })

/** Turns what Postgres said into the refusal PostgREST would answer. `role` decides between 401 and 403. */
export function refusalOfDatabase(error: DatabaseError, role: string): ApiError {
  const code = error.code ?? 'XX000'
  if (code === 'PGRST') return raisedRefusal(error)
  return new ApiError(statusOf(code, error.message, role), {
    code,
    message: error.message,
    details: error.detail ?? null,
    hint: error.hint ?? null,
  })
}

/** HTTP status of an SQLSTATE. */
export function statusOf(code: string, message: string, role: string): ContentfulStatusCode {
  if (code === '42501') return role === 'anon' ? 401 : 403
  // The role of a token that this database does not know.
  if (code === '22023' && /^role .* does not exist$/.test(message)) return 401
  if (/^PT[2-5]\d\d$/.test(code)) return contentStatus(Number(code.slice(2)))
  return statusByCode[code] ?? statusByClass[code.slice(0, 2)] ?? 400
}

/** A failure to reach the database at all; null when the error is something else. */
export function refusalOfConnection(error: unknown): ApiError | null {
  if (!(error instanceof Error) || error instanceof DatabaseError) return null
  if (/timeout exceeded when trying to connect/.test(error.message)) {
    return new ApiError(504, { code: 'PGRST003', message: 'Timed out acquiring connection from connection pool.' })
  }
  const code = 'code' in error ? String(error.code) : ''
  const lost = /^(?:ECONN|EPIPE|ETIMEDOUT)/.test(code) || /Connection terminated/.test(error.message)
  return lost
    ? new ApiError(503, { code: 'PGRST001', message: 'Database client error. Retrying the connection.' })
    : null
}

/** A request that PostgREST cannot parse either. */
export function unparsable(message: string, details: string | null = null): ApiError {
  return new ApiError(400, { code: 'PGRST100', message, details })
}

/** Something PostgREST has and this stack does not: refused, so that no filter is ever ignored. */
export function unsupported(what: string): ApiError {
  return new ApiError(501, {
    code: 'PGRST127',
    message: `Feature not implemented by the local stack: ${what}`,
    hint: 'supabase/local/README.md lists what it speaks.',
  })
}

function raisedRefusal(error: DatabaseError): ApiError {
  const invalid = new ApiError(500, {
    code: 'PGRST121',
    message: 'The message and detail field of RAISE with PGRST could not be parsed',
  })
  try {
    const body = raisedBody.parse(parseJson(error.message))
    const { status } = raisedDetail.parse(parseJson(error.detail ?? ''))
    return new ApiError(contentStatus(status), { ...body, details: body.details ?? null, hint: body.hint ?? null })
  } catch {
    return invalid
  }
}

function contentStatus(status: number): ContentfulStatusCode {
  // The codes that forbid a body are never raised with one worth reading.
  return (status === 204 || status === 205 || status === 304 ? 500 : status) as ContentfulStatusCode
}
