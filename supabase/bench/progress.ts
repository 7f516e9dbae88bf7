import { sized } from './sized.ts'
import { createWorld, enqueue, openPool, printRow, throughput } from './world.ts'

const jobs = sized(50, 10)
const forMs = sized(4_000, 600)

/**
 * Progress writes of running jobs: how many stay HOT (no index touched), and how much WAL a beat and a visible step
 * cost, against the smallest row update Postgres can do in the same database.
 */
await using world = await createWorld()
const admin = openPool(world.adminUrl, 8)
const worker = await world.newWorker()
const claimed: { id: string; epoch: number; step: number }[] = []
for (let index = 0; index < jobs; index += 1) {
  const owner = await world.newOwner()
  await enqueue(world.pool, owner)
  const answer = await world.pool.query<{ job: { id: string; epoch: number } }>(
    `select public.claim_job($1, '{}') as job`,
    [worker],
  )
  const job = answer.rows[0]?.job
  if (!job) throw new Error('nothing was claimed')
  claimed.push({ id: job.id, epoch: job.epoch, step: 0 })
}
// report_progress answers to the box's own role only.
const box = openPool(world.adminUrl, 8, `-c role=forge_worker -c request.jwt.claims={"sub":"${worker}"}`)
const report = (id: string, epoch: number, step: number) =>
  box.query('select public.report_progress($1, $2, $3, $4, 10000, $5)', [id, epoch, 'sampling', step, step / 10_000])

for (const job of claimed) await report(job.id, job.epoch, 0)
const hot0 = await hotUpdates()
let next = 0
// Each job at most once a second, as a worker does: every write is one that the artist sees.
const visible = await measureWal(async () => {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    for (const job of claimed) await report(job.id, job.epoch, (job.step += 1))
  }
  return jobs * 3
})
const beats = await measureWal(async () => {
  await new Promise((resolve) => setTimeout(resolve, 250))
  for (const job of claimed) await report(job.id, job.epoch, job.step)
  return jobs
})
const rate = await throughput(8, forMs, () => {
  const job = claimed[(next += 1) % claimed.length]
  return job ? report(job.id, job.epoch, job.step) : Promise.resolve()
})
const hot1 = await hotUpdates()

await admin.query('create table public.bench_row (id int primary key, n int) with (fillfactor = 60)')
await admin.query('insert into public.bench_row values (1, 0)')
const bare = await measureWal(async () => {
  for (let index = 0; index < 150; index += 1) await admin.query('update public.bench_row set n = n + 1 where id = 1')
  return 150
})
const floor = await throughput(8, forMs, () => admin.query('update public.bench_row set n = n + 1 where id = 1'))

printRow({
  what: 'progress: HOT updates of jobs',
  value: ((hot1.hot - hot0.hot) / (hot1.all - hot0.all)) * 100,
  unit: '%',
  peer: 'all of them',
  peerValue: 100,
  samples: hot1.all - hot0.all,
})
printRow({
  what: 'progress: WAL of a visible step with its message',
  value: visible.bytes,
  unit: 'B',
  peer: 'one-column update',
  peerValue: bare.bytes,
  samples: visible.writes,
})
printRow({
  what: 'progress: WAL of a beat',
  value: beats.bytes,
  unit: 'B',
  peer: 'one-column update',
  peerValue: bare.bytes,
  samples: beats.writes,
})
printRow({
  what: 'progress: calls over 8 connections',
  value: rate.perSecond,
  unit: '/s',
  peer: 'one-column update',
  peerValue: floor.perSecond,
  samples: rate.runs,
})
await Promise.all([admin.end(), box.end()])

async function hotUpdates(): Promise<{ hot: number; all: number }> {
  // Counters of this session's own updates are flushed at most once a second.
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  const answer = await admin.query<{ hot: string; all: string }>(
    `select n_tup_hot_upd as hot, n_tup_upd as all from pg_stat_user_tables where relid = 'public.jobs'::regclass`,
  )
  return { hot: Number(answer.rows[0]?.hot), all: Number(answer.rows[0]?.all) }
}

/** Bytes of WAL for each of the writes that `work` counts, after a checkpoint has had its full-page images. */
async function measureWal(work: () => Promise<number>): Promise<{ bytes: number; writes: number }> {
  const at = async () => (await admin.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn')).rows[0]?.lsn
  const from = await at()
  const writes = await work()
  const to = await at()
  const answer = await admin.query<{ bytes: string }>('select pg_wal_lsn_diff($1, $2) as bytes', [to, from])
  return { bytes: Number(answer.rows[0]?.bytes) / writes, writes }
}
