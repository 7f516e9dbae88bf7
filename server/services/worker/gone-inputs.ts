import type { Storage } from '#server/adapters/storage.ts'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'

/**
 * Whether storage has nothing under one of the keys; what it has not is marked, so that no press names it again. Reads no
 * bytes. Throws UNAVAILABLE when it does not say.
 */
export async function isAnyGone(
  { storage, database }: Pick<Deps, 'storage' | 'database'>,
  keys: readonly string[],
): Promise<boolean> {
  const looked = await Promise.all(keys.map(async (key) => ({ key, gone: await isGone(storage, key) })))
  const gone = looked.filter((one) => one.gone).map(({ key }) => key)
  if (gone.length > 0) await database.noteGone(gone)
  return gone.length > 0
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
