import type { Deps } from '#server/deps.ts'

export type EraseDeps = Pick<Deps, 'accounts' | 'storage' | 'log'>

/** Objects a call of storage may name. */
const atOnce = 500

/**
 * Removes what closed accounts left outside of the database: objects, and the user at the sign-in service. All of it
 * may happen twice; what fails is named again by SQL.
 */
export async function erase({ accounts, storage, log }: EraseDeps): Promise<void> {
  const { objects, users } = await accounts.takeErasures(atOnce)
  if (objects.length + users.length === 0) return
  const forgotten: string[] = []
  for (const user of users) {
    try {
      await accounts.forget(user)
      forgotten.push(user)
    } catch (error) {
      log.warn({ err: error }, 'a closed account could not be forgotten yet')
    }
  }
  await storage.remove(objects)
  await accounts.endErasures({ objects, users: forgotten })
  log.info({ objects: objects.length, users: forgotten.length }, 'erased')
}
