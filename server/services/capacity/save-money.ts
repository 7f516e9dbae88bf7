import type { CapacityStore } from '#server/adapters/database/capacity.ts'
import type { CapacityDeps } from './tick.ts'

/** How many unwatched boxes this process has last spoken of. */
const spokenOf = new WeakMap<CapacityStore, number>()

/**
 * Moves the autopilot of the day's money (SQL decides; without a daily cap it saves nothing) and says what changed, and
 * which boxes are paid for although no server speaks to their provider: that is looked at with no provider configured too.
 */
export async function saveMoney({ boxes, log }: Pick<CapacityDeps, 'boxes' | 'log'>): Promise<void> {
  const saw = await boxes.save()
  if (saw === null) return
  const { unwatched, ...money } = saw
  if (money.step !== money.before) log.warn(money, 'saving money')
  if (unwatched === (spokenOf.get(boxes) ?? 0)) return
  spokenOf.set(boxes, unwatched)
  if (unwatched > 0)
    log.error({ boxes: unwatched }, 'rented boxes that no server looks after: npm run fleet says which')
  else log.info('every rented box is looked after again')
}
