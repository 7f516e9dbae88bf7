import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'
import { call, claimOne, complete, jobOf, makeArtist, makeWorker, press, rows, setSettings } from './fixtures.ts'

const variant = 'racing'

/**
 * Lets ten artists at once cancel jobs in the instant in which their worker completes them, forty jobs a round: each
 * job has one outcome, exactly the winner is told that it won, and each hold ends once. Answers the outcomes seen.
 */
export async function raceCancelAndComplete(db: TestDatabase, rounds: number): Promise<Set<string>> {
  await setSettings(db, { open_caps: { permanent: 2000, anonymous: 10 }, worker_cap: 2000 })
  await setSettings(db, { running_caps: { paid: 2000, free: 4, anon: 2 } })
  const artists = await Promise.all(
    Array.from({ length: 10 }, () => makeArtist(db, { credits: 4 * rounds, free: false })),
  )
  const worker = await makeWorker(db, { templates: [`remix/${variant}`] })
  const outcomes = new Set<string>()

  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(artists.map((artist) => press(db, { artist, count: 4, variant })))
    for (let quarter = 0; quarter < 4; quarter += 1) {
      const ended = await Promise.all(artists.map(() => raceOne(db, worker.id)))
      for (const status of ended) outcomes.add(status)
    }
  }

  const ledger = await rows<{ count: string }>(
    db,
    `select kind, count(*) from ledger where kind in ('capture', 'release')
     and job_id in (select id from jobs where variant = $1) group by kind`,
    [variant],
  )
  expect(ledger.reduce((sum, row) => sum + Number(row.count), 0)).toBe(40 * rounds)
  return outcomes
}

async function raceOne(db: TestDatabase, worker: string): Promise<string> {
  const { id, epoch } = await claimOne(db, worker)
  const { owner } = await jobOf(db, id)
  const [canceled, completed] = await Promise.allSettled([
    call(db, 'cancel_job', [owner, id]),
    complete(db, worker, id, epoch),
  ])
  const { status } = await jobOf(db, id)
  expect(canceled.status === 'fulfilled').toBe(status === 'canceled')
  expect(completed.status === 'fulfilled').toBe(status === 'succeeded')
  return status
}
