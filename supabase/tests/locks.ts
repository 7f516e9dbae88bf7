import { setTimeout as sleep } from 'node:timers/promises'
import type { TestDatabase } from './database.ts'
import { rows } from './fixtures.ts'

/** Locks the rows that `sql` selects, so that calls pile up behind them; answers how to let them go. */
export async function holdRows(db: TestDatabase, sql: string, values: unknown[]): Promise<() => Promise<void>> {
  const client = await db.pool.connect()
  await client.query('begin')
  await client.query(`${sql} for update`, values)
  return async () => {
    await client.query('commit')
    client.release()
  }
}

/** Fulfils once `count` calls wait for a lock: from then on their order is certain. */
export async function untilWaiting(db: TestDatabase, count: number): Promise<void> {
  for (;;) {
    const waiting = await rows(
      db,
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (waiting.length >= count) return
    await sleep(20)
  }
}
