import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Deps } from '#server/deps.ts'

const everyMs = 5_000
const jitterMs = 500

/**
 * One sweep: expired leases go back to the queue, and the objects that SQL lists are removed. SQL takes an advisory
 * lock and lists an object again until its removal is seen, so two servers or a crash in between do no harm.
 */
export async function tick({ database, storage, log }: Pick<Deps, 'database' | 'storage' | 'log'>): Promise<void> {
  const { requeued, failed, expired_uploads: keys } = await database.sweep()
  await storage.remove(keys)
  if (requeued + failed + keys.length > 0) log.info({ requeued, failed, removed: keys.length }, 'swept')
}

/** Ticks about every five seconds until aborted; resolves when the last one ended. A failed tick is logged, not fatal. */
export async function runTicks(deps: Pick<Deps, 'database' | 'storage' | 'log'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await tick(deps).catch((error: unknown) => logFailure(deps.log, error))
    await wait(everyMs + Math.random() * jitterMs, undefined, { signal }).catch(() => undefined)
  }
}

function logFailure(log: Logger, error: unknown): void {
  log.error({ err: error }, 'tick failed')
}
