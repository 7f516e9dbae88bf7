import { makeWorkerUtils } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import { quantile } from '#shared/bench/report.ts'
import { writeBarePress } from './bare-press.ts'
import { sized } from './sized.ts'
import { createWorld, enqueue, openPool, printRow, throughput, timeEach } from './world.ts'

const serial = sized(500, 40)
const lanes = 8
const rounds = 4
const forMs = sized(4_000, 600)

/**
 * The SQL function behind Generate (limits, hold, ledger, job, spec, lane, wake) against one bare insert, which is the
 * floor, against the rows that it must write, and against what two queues for Postgres take to store a job that has none of that.
 */
await using world = await createWorld(lanes)
const owners = await Promise.all(Array.from({ length: lanes }, () => world.newOwner()))
// Of their own: lanes and accounts of the others must not grow by what this writes.
const bareOwners = await Promise.all(owners.map(() => world.newOwner()))
const owner = (lane: number) => owners[lane % owners.length] ?? { id: '', assetId: '' }
const admin = openPool(world.adminUrl, lanes)
await admin.query(
  'create table public.bench_floor (id uuid primary key default gen_random_uuid(), payload jsonb not null)',
)
const floor = () => admin.query('insert into public.bench_floor (payload) values ($1)', [{ prompt: 'oil on board' }])
await using graphile = await openGraphile(world.adminUrl)
await using boss = await openBoss(world.adminUrl)

await timeEach(100, (index) => Promise.all([enqueue(world.pool, owner(index)), floor(), graphile.add(), boss.add()]))
const ours = await timeEach(serial, () => enqueue(world.pool, owner(0)))
const bare = await timeEach(serial, floor)
printRow({
  what: 'enqueue, SQL, p50',
  value: quantile(ours, 0.5),
  unit: 'ms',
  peer: 'one insert',
  peerValue: quantile(bare, 0.5),
  samples: serial,
})
printRow({
  what: 'enqueue, SQL, p95',
  value: quantile(ours, 0.95),
  unit: 'ms',
  peer: 'one insert',
  peerValue: quantile(bare, 0.95),
  samples: serial,
})

const none = { perSecond: Number.NaN, runs: 0 }
const each: number[] = []
const each0: number[] = []
const press = timed(each, (lane) => enqueue(world.pool, owner(lane)))
const barePress = (lane: number) => writeBarePress(admin, bareOwners[lane % lanes] ?? owner(lane))
const turns: ((lane: number) => Promise<unknown>)[] = [press, timed(each0, floor), barePress, graphile.add, boss.add]
const [many = none, many0 = none, rows = none, many1 = none, many2 = none] = await inTurn(turns)
const row = {
  what: `enqueue, SQL, ${lanes} connections`,
  value: many.perSecond,
  unit: '/s',
  samples: many.runs,
} as const
printRow({ ...row, peer: 'one insert', peerValue: many0.perSecond })
printRow({ ...row, peer: 'the same rows in one bare statement', peerValue: rows.perSecond })
printRow({ ...row, peer: 'graphile-worker addJob (no money, no limits)', peerValue: many1.perSecond })
printRow({ ...row, peer: 'pg-boss send (no money, no limits)', peerValue: many2.perSecond })
printRow({
  what: `enqueue, SQL, ${lanes} connections, p50`,
  value: quantile(each, 0.5),
  unit: 'ms',
  peer: 'one insert',
  peerValue: quantile(each0, 0.5),
  samples: many.runs,
})
const hot: number[] = []
const one = await throughput(
  lanes,
  forMs,
  timed(hot, () => enqueue(world.pool, owner(0))),
)
const hotRow = { what: `enqueue, SQL, ${lanes} connections on one account`, samples: one.runs, peer: 'an account each' }
printRow({ ...hotRow, value: one.perSecond, unit: '/s', peerValue: many.perSecond })
printRow({
  ...hotRow,
  what: `${hotRow.what}, p50`,
  value: quantile(hot, 0.5),
  unit: 'ms',
  peerValue: quantile(each, 0.5),
})
await admin.end()

/** Each for a second, then each again: what else the machine does hits all alike. */
async function inTurn(runs: readonly ((lane: number) => Promise<unknown>)[]) {
  const sums = runs.map(() => ({ perSecond: 0, runs: 0 }))
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, run] of runs.entries()) {
      const { perSecond, runs: done } = await throughput(lanes, forMs / rounds, run)
      const sum = sums[index]
      if (sum) Object.assign(sum, { perSecond: sum.perSecond + perSecond / rounds, runs: sum.runs + done })
    }
  }
  return sums
}

/** Notes how long each run took, milliseconds. */
function timed(samples: number[], run: (lane: number) => Promise<unknown>): (lane: number) => Promise<void> {
  return async (lane) => {
    const started = performance.now()
    await run(lane)
    samples.push(performance.now() - started)
  }
}

async function openGraphile(connectionString: string) {
  const pool = openPool(connectionString, lanes)
  const utils = await makeWorkerUtils({ pgPool: pool })
  await utils.migrate()
  return {
    add: () => utils.addJob('render', { prompt: 'oil on board' }),
    async [Symbol.asyncDispose]() {
      await utils.release()
      await pool.end()
    },
  }
}

async function openBoss(connectionString: string) {
  const boss = new PgBoss({ connectionString, max: lanes, supervise: false, schedule: false })
  await boss.start()
  await boss.createQueue('render')
  return {
    add: () => boss.send('render', { prompt: 'oil on board' }),
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  }
}
