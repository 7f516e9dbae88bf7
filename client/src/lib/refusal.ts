import { isErrorCode } from '#shared/errors.ts'
import type { ErrorCode, ErrorData } from '#shared/errors.ts'

/** What a failed call means to a person: a typed refusal, or no answer at all (`lost`). */
export type Refusal = { kind: 'refused'; code: ErrorCode; data: ErrorData } | { kind: 'lost' }

/**
 * Reads `error.data.forge` of a tRPC error. `lost` means that no answer arrived, so the request may or may not have
 * been carried out; an answer without a code of ours counts as INTERNAL.
 */
export function refusalOf(error: unknown): Refusal {
  if (typeof error !== 'object' || error === null) return { kind: 'lost' }
  const data = 'data' in error ? error.data : undefined
  if (typeof data !== 'object' || data === null) return { kind: 'lost' }
  const forge = 'forge' in data ? data.forge : undefined
  if (typeof forge === 'object' && forge !== null && 'code' in forge && isErrorCode(forge.code)) {
    const facts = 'data' in forge && typeof forge.data === 'object' && forge.data !== null ? forge.data : {}
    return { kind: 'refused', code: forge.code, data: facts as ErrorData }
  }
  return { kind: 'refused', code: 'INTERNAL', data: {} }
}
