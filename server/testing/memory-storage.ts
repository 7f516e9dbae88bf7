import type { Storage } from '#server/adapters/storage.ts'
import { ForgeError } from '#shared/errors.ts'

/** Objects in a map. `objects` is there to look at and to fill. */
export function memoryStorage(): Storage & { objects: Map<string, { bytes: Uint8Array; mime: string }> } {
  const objects = new Map<string, { bytes: Uint8Array; mime: string }>()
  const sign = (key: string) => ({ url: `http://storage.test/${key}`, expiresAt: 3_600_000 })
  return {
    objects,
    signUpload: (key) => Promise.resolve(sign(key)),
    signDownloads: (keys) =>
      Promise.resolve(new Map(keys.filter((key) => objects.has(key)).map((key) => [key, sign(key)]))),
    signBriefly: (key, seconds) => Promise.resolve(objects.has(key) ? `${sign(key).url}?for=${seconds}` : null),
    read(key, limit) {
      const bytes = objects.get(key)?.bytes ?? null
      if (bytes !== null && bytes.byteLength > limit) return Promise.reject(new ForgeError('FILE_TOO_LARGE', { limit }))
      return Promise.resolve(bytes)
    },
    put(key, bytes, mime) {
      objects.set(key, { bytes, mime })
      return Promise.resolve()
    },
    remove(keys) {
      for (const key of keys) objects.delete(key)
      return Promise.resolve()
    },
    staleStaging: () => Promise.resolve([...objects.keys()].filter((key) => key.startsWith('staging/'))),
    ping: () => Promise.resolve(),
  }
}
