import { createHmac, timingSafeEqual } from 'node:crypto'
import { storageKeys } from '#server/services/assets/keys.ts'

type Slot = { worker: string; job: string; epoch: number; name: string }

const pattern = /^staging\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/
const half = 8

/**
 * A staging key that only this file of this attempt may be handed in under: half of its UUID is random, so that a
 * second request for the same file names a new object, half proves that we signed it. `salt` is 8 random bytes.
 */
export function stagingKeyFor(slot: Slot, salt: Uint8Array, secret: string): string {
  const hex = Buffer.concat([salt.subarray(0, half), proof(slot, salt, secret)]).toString('hex')
  return storageKeys.staging(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}

/** True when `key` was made by `stagingKeyFor` for this slot. */
export function isStagingKeyFor(slot: Slot, key: string, secret: string): boolean {
  const uuid = pattern.exec(key)?.[1]
  if (uuid === undefined) return false
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex')
  return timingSafeEqual(bytes.subarray(half), proof(slot, bytes.subarray(0, half), secret))
}

function proof(slot: Slot, salt: Uint8Array, secret: string): Buffer {
  const text = `staging:${slot.worker}:${slot.job}:${slot.epoch}:${slot.name}:`
  return createHmac('sha256', secret).update(text).update(salt.subarray(0, half)).digest().subarray(0, half)
}
