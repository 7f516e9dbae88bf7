import type { Storage } from '#server/adapters/storage.ts'
import { ForgeError } from '#shared/errors.ts'

/** Whether storage has none of what is under one of the keys. Reads no bytes. Throws UNAVAILABLE when it does not say. */
export async function isAnyGone(storage: Storage, keys: readonly string[]): Promise<boolean> {
  const gone = await Promise.all(keys.map((key) => isGone(storage, key)))
  return gone.includes(true)
}

async function isGone(storage: Storage, key: string): Promise<boolean> {
  try {
    return (await storage.read(key, 0)) === null
  } catch (error) {
    // More than nothing: it is there.
    if (error instanceof ForgeError && error.code === 'FILE_TOO_LARGE') return false
    throw error
  }
}
