import type pg from 'pg'
import type { Logger } from 'pino'

/** Hosted projects keep messages for three days. */
const keep = '72 hours'
const everyMs = 60 * 60 * 1000

/** Deletes old rows of `realtime.messages` now and every hour. `stop` waits for the one that is running. */
export function startPruning(admin: pg.Pool, log: Logger): { stop: () => Promise<void> } {
  let running = pruneMessages(admin, log)
  const timer = setInterval(() => {
    running = running.then(() => pruneMessages(admin, log))
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** One pass; a database that is away is tried again an hour later. */
export async function pruneMessages(admin: pg.Pool, log: Logger): Promise<void> {
  try {
    await admin.query('delete from realtime.messages where inserted_at < now()::timestamp - $1::interval', [keep])
  } catch (error) {
    log.warn({ err: error }, 'old messages could not be pruned')
  }
}
