import type { Supabase } from '#server/adapters/supabase.ts'
import { ForgeError } from '#shared/errors.ts'
import { readBounded } from '#server/adapters/read-bounded.ts'
import { UrlCache } from '#server/adapters/url-cache.ts'

export type SignedUrl = { url: string; expiresAt: number }

/**
 * The one private bucket. Keys: `staging/<uuid>`, `inputs/<asset>.<ext>`, `works/<asset>.png`, `masks/<asset>.png`,
 * `outputs/<job>/<asset>.<ext>`.
 */
export type Storage = {
  /** A write-once PUT of one staging key. `expiresAt` in milliseconds since 1970. */
  signUpload: (key: string) => Promise<SignedUrl>
  /** Signed GETs, the same URL again while it has long enough to live, so that a poll does not repaint images. */
  signDownloads: (keys: readonly string[]) => Promise<ReadonlyMap<string, SignedUrl>>
  /** A GET that ends after `seconds`, never the same twice; null when there is no such object. */
  signBriefly: (key: string, seconds: number) => Promise<string | null>
  /** The object's bytes, null when there is none. Throws FILE_TOO_LARGE {limit} without reading past `limit`. */
  read: (key: string, limit: number) => Promise<Uint8Array | null>
  put: (key: string, bytes: Uint8Array, mime: string) => Promise<void>
  remove: (keys: readonly string[]) => Promise<void>
  /** At most 100 staging keys whose objects are older than `before` (milliseconds since 1970), oldest first. */
  staleStaging: (before: number) => Promise<string[]>
  /** Throws UNAVAILABLE when storage does not answer. */
  ping: () => Promise<void>
}

const bucketName = 'forge'
const stagingFolder = 'staging'
const hourS = 3_600
/** Hosted Supabase signs uploads for two hours and takes no other value; we promise less. */
const uploadSeconds = hourS

/** Storage through supabase-js with the secret key. `now` in milliseconds since 1970. */
export function createStorage(client: Supabase, now: () => number): Storage {
  const bucket = client.storage.from(bucketName)
  const urls = new UrlCache(now, 10_000)

  return {
    async signUpload(key) {
      const { data, error } = await bucket.createSignedUploadUrl(key)
      if (error !== null) throw unavailable('sign upload', error)
      return { url: data.signedUrl, expiresAt: now() + uploadSeconds * 1_000 }
    },
    async signDownloads(keys) {
      const missing = [...new Set(keys)].filter((key) => !urls.has(key))
      if (missing.length > 0) {
        const expiresAt = now() + hourS * 1_000
        const { data, error } = await bucket.createSignedUrls(missing, hourS)
        if (error !== null) throw unavailable('sign download', error)
        for (const [index, key] of missing.entries()) {
          const signed = data[index]
          if (signed?.signedUrl) urls.set(key, { url: signed.signedUrl, expiresAt })
        }
      }
      return urls.pick(keys)
    },
    async signBriefly(key, seconds) {
      const { data, error } = await bucket.createSignedUrl(key, seconds)
      if (error === null) return data.signedUrl
      if (isMissing(error)) return null
      throw unavailable('sign briefly', error)
    },
    async read(key, limit) {
      const { data, error } = await bucket.download(key).asStream()
      if (error !== null) {
        if (isMissing(error)) return null
        throw unavailable('read', error)
      }
      return readBounded(data, limit)
    },
    async put(key, bytes, mime) {
      const { error } = await bucket.upload(key, bytes, { contentType: mime, upsert: true, cacheControl: '31536000' })
      if (error !== null) throw unavailable('put', error)
    },
    async remove(keys) {
      if (keys.length === 0) return
      const { error } = await bucket.remove([...keys])
      if (error !== null) throw unavailable('remove', error)
    },
    async staleStaging(before) {
      const sortBy = { column: 'created_at', order: 'asc' }
      const { data, error } = await bucket.list(stagingFolder, { limit: 100, sortBy })
      if (error !== null) throw unavailable('list', error)
      // Folders have no date; there are none in here.
      const old = data.filter((entry) => entry.created_at && Date.parse(entry.created_at) < before)
      return old.map((entry) => `${stagingFolder}/${entry.name}`)
    },
    async ping() {
      const { error } = await client.storage.getBucket(bucketName)
      if (error !== null) throw unavailable('bucket', error)
    },
  }
}

/** Hosted storage answers 400 with a body that says 404 for an object that is not there. */
function isMissing(error: { status?: unknown; statusCode?: unknown; message: string }): boolean {
  return (
    [error.status, error.statusCode].some((status) => String(status) === '404') ||
    (String(error.status) === '400' && /not.?found/i.test(error.message))
  )
}

/** Words only: the error object may carry a request with its signed URL. */
function unavailable(what: string, error: { message: string }): ForgeError {
  return new ForgeError('UNAVAILABLE', {}, { cause: new Error(`storage: ${what}: ${error.message}`) })
}
