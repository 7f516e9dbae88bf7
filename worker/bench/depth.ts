import { makeWorkerUtils, Logger, type AddJobsJobSpec } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import { quantile } from '#shared/bench/report.ts'
import { fillQueue } from '#supabase/bench/fill.ts'
import { sized } from '#supabase/bench/sized.ts'
import { createWorld, newWorkerOf, openPool, printRow, timeEach } from '#supabase/bench/world.ts'
import { claimOf } from './queues.ts'

const claims = sized(300, 30)
const warmUp = sized(50, 10)
/** Few, many, and more than there will ever be. The shallow queue is filled so that all the claims find a job. */
const depths = { shallow: claims + warmUp + 100, deep: sized(10_000, 1_000), deepest: sized(1_000_000, 3_000) }
const owners = 1_000
/** Nothing is completed here: so many share the jobs that a box has in hand only what it could have. */
const boxes = 200
const models = [{ mode: 'remix', variant: 'schnell', model: 'flux1-schnell' }]

type Claim = () => Promise<unknown>

/**
 * What a claim costs when much is queued: the same call on the same database before and after filling its queue, beside
 * the claim statements of graphile-worker and pg-boss at the same depths. One connection each, taken in turn.
 */
await using world = await createWorld()
const admin = openPool(world.adminUrl, 1)
const one = openPool(world.adminUrl, 1, '-c role=service_role')
const fleet = await Promise.all(Array.from({ length: boxes }, () => newWorkerOf(admin, ['remix/schnell'])))
let turn = 0
const ours: Claim = () =>
  one.query({ name: 'claim', text: `select public.claim_job($1, '{}')`, values: [fleet[(turn += 1) % boxes]] })

const logger = new Logger(() => () => undefined)
const pool = openPool(world.adminUrl, 2)
const utils = await makeWorkerUtils({ pgPool: pool, logger })
await utils.migrate()
const boss = new PgBoss({ connectionString: world.adminUrl, max: 2, supervise: false, schedule: false })
boss.on('error', () => undefined)
await boss.start()
await boss.createQueue('render')
const graphile = await claimOf(pool)
const bossClaim: Claim = () => boss.fetch('render')

let filled = 0
const measured = new Map<number, Record<'ours' | 'graphile' | 'boss', number>>()
for (const depth of Object.values(depths)) {
  process.stderr.write(`  ${depth} queued\n`)
  await fillQueue(admin, { jobs: depth - filled, owners, models })
  await fillGraphile(depth - filled)
  await fillBoss(depth - filled)
  await admin.query('vacuum analyze')
  filled = depth
  const times = { ours: [] as number[], graphile: [] as number[], boss: [] as number[] }
  for (let index = 0; index < claims + warmUp; index += 1) {
    const round = {
      ours: await timeEach(1, ours),
      graphile: await timeEach(1, graphile),
      boss: await timeEach(1, bossClaim),
    }
    if (index < warmUp) continue
    times.ours.push(...round.ours)
    times.graphile.push(...round.graphile)
    times.boss.push(...round.boss)
  }
  const p50 = {
    ours: quantile(times.ours, 0.5),
    graphile: quantile(times.graphile, 0.5),
    boss: quantile(times.boss, 0.5),
  }
  measured.set(depth, p50)
  const row = { what: `claim with ${depth} queued, p50`, value: p50.ours, unit: 'ms', samples: claims } as const
  printRow({ ...row, peer: "graphile-worker's get_job", peerValue: p50.graphile })
  printRow({ ...row, peer: 'pg-boss fetch', peerValue: p50.boss })
  printRow({
    ...row,
    what: `claim with ${depth} queued, p95`,
    value: quantile(times.ours, 0.95),
    peer: "graphile-worker's get_job",
    peerValue: quantile(times.graphile, 0.95),
  })
}
printRow({
  what: `claim with ${depths.deepest} queued, p50`,
  value: measured.get(depths.deepest)?.ours ?? Number.NaN,
  unit: 'ms',
  peer: `the same with ${depths.shallow}`,
  peerValue: measured.get(depths.shallow)?.ours ?? Number.NaN,
  samples: claims,
})
await Promise.all([admin.end(), one.end()])
await utils.release()
await boss.stop({ graceful: false })
await pool.end()

async function fillGraphile(count: number): Promise<void> {
  const slice = 20_000
  for (let left = count; left > 0; left -= slice) {
    const specs: AddJobsJobSpec[] = Array.from({ length: Math.min(slice, left) }, () => ({
      identifier: 'render',
      payload: { prompt: 'oil on board' },
    }))
    await utils.addJobs(specs)
  }
}

async function fillBoss(count: number): Promise<void> {
  const slice = 20_000
  for (let left = count; left > 0; left -= slice) {
    await boss.insert(
      'render',
      Array.from({ length: Math.min(slice, left) }, () => ({ data: { prompt: 'oil on board' } })),
    )
  }
}
