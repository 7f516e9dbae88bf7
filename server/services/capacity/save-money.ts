import type { CapacityDeps } from './tick.ts'

/** Moves the autopilot of the day's money (SQL decides; without a daily cap it does nothing) and says what changed. */
export async function saveMoney({ boxes, log }: Pick<CapacityDeps, 'boxes' | 'log'>): Promise<void> {
  const saw = await boxes.save()
  if (saw !== null && saw.step !== saw.before) log.warn({ ...saw }, 'saving money')
}
