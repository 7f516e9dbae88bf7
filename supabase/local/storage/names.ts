import { refusals } from './errors.ts'

/** Characters that upstream allows in keys and bucket names (the S3-safe set). */
const keyPattern = /^[A-Za-z0-9_/!.*'() &$@=;:+,?-]+$/
const bucketPattern = /^[A-Za-z0-9_!.*'() &$@=;:+,?-]{1,100}$/
const maxKeyLength = 1024
const mimePattern = /^(?:[a-zA-Z0-9\-+.]+\/(?:[a-zA-Z0-9\-+.]+(?:;\s*charset=[a-zA-Z0-9-]+)?|\*)|\*)$/

/**
 * Checks an object's key. Dot segments are refused beyond upstream's rule: files lie under names of our own, so they
 * could not escape, but a key that means another one after URL normalisation is a trap. Throws `StorageError`.
 */
export function checkKey(key: string): string {
  const segments = key.split('/')
  const valid =
    key.length <= maxKeyLength && keyPattern.test(key) && !segments.includes('..') && !segments.includes('.')
  if (!valid) throw refusals.invalidKey(key.slice(0, 100))
  return key
}

/** Checks a bucket's name. Throws `StorageError`. */
export function checkBucketName(name: string): string {
  if (!bucketPattern.test(name) || name.trim() !== name) throw refusals.invalidBucketName()
  return name
}

/** Checks one entry of a bucket's allowed types, e.g. `image/png` or `image/*`. Throws `StorageError`. */
export function checkMimePattern(pattern: string): string {
  if (pattern.length > 1000 || !mimePattern.test(pattern)) throw refusals.invalidMimeType(pattern.slice(0, 100))
  return pattern
}

/** True when a bucket with these allowed types (null: all) takes this content type. Parameters are not compared. */
export function mimeAllowed(type: string, allowed: readonly string[] | null): boolean {
  if (allowed === null || allowed.length === 0) return true
  const essence = bareMime(type)
  const [family, kind] = essence.split('/')
  if (family === undefined || family === '' || kind === undefined || kind === '') return false
  return allowed.some((pattern) => {
    const bare = bareMime(pattern)
    return bare === '*' || bare === essence || bare === `${family}/*`
  })
}

function bareMime(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase()
}

/** Decimal, as upstream. */
const units: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 }

/** Bytes of a bucket's size limit: a number, or text such as `20MB`. Throws `StorageError`. */
export function parseSizeLimit(limit: number | string): number {
  const match = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)?$/i.exec(String(limit))
  if (match === null) throw refusals.invalidRequest('Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B')
  return Math.floor(Number(match[1]) * (units[(match[2] ?? 'b').toLowerCase()] ?? 1))
}
