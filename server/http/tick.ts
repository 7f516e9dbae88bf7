import { setTimeout as wait } from 'node:timers/promises'
import type { Deps } from '#server/deps.ts'
import { type AlertDeps, deliverAlerts } from '#server/services/alerts/deliver.ts'
import { type EraseDeps, erase } from '#server/services/account/erase.ts'
import { purgeDeleted } from '#server/services/gallery/purge.ts'
import { saveMoney } from '#server/services/capacity/save-money.ts'
import { type CapacityDeps, tickCapacity } from '#server/services/capacity/tick.ts'
import { type UsageDeps, reportUsage } from '#server/services/licences/report-usage.ts'

export type TickDeps = Pick<Deps, 'database' | 'storage' | 'clock' | 'log'> &
  UsageDeps &
  EraseDeps &
  AlertDeps &
  CapacityDeps

const everyMs = 5_000
const jitter = 0.1
/** Signed PUTs live two hours at most, so nothing this old is still on its way. */
const stagingMs = 24 * 3_600_000
/** Ticks between two looks for forgotten files of workers, which no table lists: about ten minutes. */
const staleEvery = 120
/** Ticks between two questions whether an audit is due or licensed use to be told: about a minute. */
const auditEvery = 12

/**
 * One sweep: expired leases go back to the queue, and the staging objects that SQL lists are removed. SQL takes an
 * advisory lock and lists an object again until it is gone, so two servers or a crash in between do no harm.
 */
export async function tick({ database, storage, log }: TickDeps): Promise<void> {
  const { requeued, failed, expired_uploads: keys } = await database.sweep()
  await storage.remove(keys)
  if (requeued + failed + keys.length > 0) log.info({ requeued, failed, removed: keys.length }, 'swept')
}

/** Removes files that workers staged for attempts which never ended well. Removing one twice is no error. */
export async function removeStaleStaging({ storage, clock, log }: TickDeps): Promise<void> {
  const keys = await storage.staleStaging(clock.now() - stagingMs)
  await storage.remove(keys)
  if (keys.length > 0) log.info({ removed: keys.length }, 'stale staging objects removed')
}

/** Has the books checked, which SQL does at most every ten minutes for all servers; says loudly what is wrong. */
export async function auditBooks({ database, log }: TickDeps): Promise<void> {
  const { offences, first } = await database.auditTick()
  if (offences > 0) log.error({ offences, first }, 'the books do not balance')
}

/**
 * Boxes and the day's money. Apart from the rest, because a slow provider must not hold up a sweep. Boxes first: a server
 * that comes back after minutes looks after them again before it is asked whether anybody does.
 */
export async function tickBoxes(deps: TickDeps, signal?: AbortSignal): Promise<void> {
  try {
    await tickCapacity(deps, signal)
  } finally {
    await saveMoney(deps)
  }
}

async function tickHouse(deps: TickDeps, count: number): Promise<void> {
  await tick(deps)
  await erase(deps)
  if (count % staleEvery === 0) await removeStaleStaging(deps)
  if (count % auditEvery === 0) await purgeDeleted(deps)
  if (count % auditEvery === 0) await auditBooks(deps)
  if (count % auditEvery === 0) await reportUsage(deps)
  await deliverAlerts(deps)
}

/** Ticks about every five seconds until aborted; resolves when the last one ended. A failed tick is logged, not fatal. */
export async function runTicks(deps: TickDeps, signal: AbortSignal, intervalMs = everyMs): Promise<void> {
  const pause = (until: AbortSignal) =>
    wait(intervalMs * (1 + Math.random() * jitter), undefined, { signal: until }).catch(() => undefined)
  const repeat = async (
    work: (count: number) => Promise<void>,
    rest: (until: AbortSignal) => Promise<void> = pause,
  ) => {
    for (let count = 0; !signal.aborted; count += 1) {
      try {
        await work(count)
      } catch (error) {
        if (!signal.aborted) deps.log.error({ err: error }, 'tick failed')
      }
      await rest(signal)
    }
  }
  const restOrNudge = async (until: AbortSignal) => {
    const over = new AbortController()
    const either = AbortSignal.any([until, over.signal])
    await Promise.race([pause(either), deps.capacity?.nudge.heard(either) ?? pause(either)])
    over.abort()
  }
  await Promise.all([repeat((count) => tickHouse(deps, count)), repeat(() => tickBoxes(deps, signal), restOrNudge)])
}
