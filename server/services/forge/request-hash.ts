import { createHash } from 'node:crypto'
import type { CreateInput } from '#shared/jobs/schema.ts'
import { canonicalJson } from '#shared/workflows/hash.ts'

/**
 * Hex SHA-256 of what was asked for, so that a repeated request id is a replay or a mistake. What the button said
 * about money is left out: the first press already settled that; so is what it comes from, which changes no picture.
 */
export function requestHash(input: CreateInput): string {
  const { requestId: _id, purse: _purse, expectedPrice: _price, againOf: _from, ...spec } = input
  return createHash('sha256').update(canonicalJson(spec)).digest('hex')
}
