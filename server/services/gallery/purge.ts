import type { Deps } from '#server/deps.ts'

/** Jobs that one tick erases. */
const atOnce = 200

/** Erases what its owner removed thirty days ago; the objects go with the erasures of the next tick. */
export async function purgeDeleted({ database, log }: Pick<Deps, 'database' | 'log'>): Promise<void> {
  const purged = await database.purgeDeleted(atOnce)
  if (purged > 0) log.info({ purged }, 'removed images erased')
}
