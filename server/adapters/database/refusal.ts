import { z } from 'zod'
import { type ErrorData, ForgeError, isErrorCode } from '#shared/errors.ts'

/** What PostgREST answers; `code` is empty when no answer came. */
type DatabaseError = { code?: string; message: string; details?: string | null }

const detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

/** PostgREST's own codes for "I cannot reach Postgres" and SQLSTATE classes that pass by themselves. */
const passing = /^(PGRST00[0-3]|08|53|57P|55P03|40001|40P01)/

/**
 * One translation for every refusal of the database: P0001 with a message of the closed set is that refusal, with its
 * detail as data; an unreachable or exhausted database is UNAVAILABLE; anything else is a fault of ours. `what` names
 * the call for the log. Details and hints are dropped, since they quote rows.
 */
export function toRefusal(what: string, status: number, error: DatabaseError): Error {
  if (error.code === 'P0001' && isErrorCode(error.message))
    return new ForgeError(error.message, parseDetail(error.details))
  const code = error.code ?? ''
  const fault = new Error(`database: ${what}: ${code || 'no answer'} ${code === '' ? '' : error.message}`.trim())
  const gone = status === 0 || code === '' || passing.test(code) || status === 502 || status === 503 || status === 504
  return gone ? new ForgeError('UNAVAILABLE', {}, { cause: fault }) : fault
}

/**
 * True when the database looked and said no, so that nothing was recorded. After any other error, silence above all, a
 * write may stand or may yet.
 */
export function wasRefused(error: unknown): boolean {
  return error instanceof ForgeError && error.code !== 'UNAVAILABLE'
}

function parseDetail(text: string | null | undefined): ErrorData {
  if (!text) return {}
  try {
    return detail.parse(JSON.parse(text))
  } catch {
    return {}
  }
}
