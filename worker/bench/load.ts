import { setTimeout as delay } from 'node:timers/promises'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import {
  type BenchOwner,
  complete,
  createWorld,
  enqueue,
  newWorkerOf,
  openPool,
  printRow,
} from '#supabase/bench/world.ts'

const boxes = 8
const jobMs = 20
const backlog = sized(3_000, 100)
const rush = { perSecond: 200, seconds: sized(60, 3) }
const rushOwners = sized(400, 20)

/**
 * Eight boxes whose jobs take 20 ms: how fast they drain a queue, and what presses cost that come 200 a second for a
 * minute meanwhile. Beside it graphile-worker and pg-boss drain as many, eight at a time. The boxes are loops over the
 * SQL functions, one connection each, as the peers' workers are; every job is paid, fenced, told and recorded.
 */
await using world = await createWorld(boxes + 8)
const admin = openPool(world.adminUrl, 2)
const owners: BenchOwner[] = []
for (let index = 0; index < rushOwners; index += 1) owners.push(await world.newOwner())
const ownerOf = (index: number): BenchOwner => {
  const owner = owners[index % owners.length]
  if (!owner) throw new Error('there is no owner')
  return owner
}

process.stderr.write(`  ${backlog} queued, ${boxes} boxes\n`)
for (let index = 0; index < backlog; index += 1) await enqueue(world.pool, ownerOf(index))
await admin.query('vacuum analyze')
const drained = await drain(backlog)
const twice = await admin.query<{ n: number }>('select count(*)::int as n from public.job_attempts where epoch > 1')
process.stderr.write('  the same for graphile-worker and pg-boss\n')
const peers = { graphile: await drainGraphile(), boss: await drainBoss() }
const row = {
  what: `${boxes} boxes, jobs of ${jobMs} ms: done`,
  value: drained.perSecond,
  unit: '/s',
  samples: backlog,
} as const
printRow({ ...row, peer: 'graphile-worker, concurrency 8', peerValue: peers.graphile })
printRow({ ...row, peer: 'pg-boss, 8 workers', peerValue: peers.boss })
printRow({ ...row, peer: `boxes that do nothing but the ${jobMs} ms`, peerValue: (boxes * 1_000) / jobMs })
printRow({
  what: 'jobs begun twice',
  value: Number(twice.rows[0]?.n),
  unit: '%',
  peer: 'none',
  peerValue: 0,
  samples: backlog,
})

process.stderr.write(`  ${rush.perSecond} presses a second for ${rush.seconds} s\n`)
const pressed = await rushIn()
const pressRow = {
  what: `a press in SQL, ${rush.perSecond} a second for ${rush.seconds} s, ${boxes} boxes at work`,
  unit: 'ms',
  samples: pressed.times.length,
} as const
for (const share of [0.5, 0.95]) {
  printRow({
    ...pressRow,
    what: `${pressRow.what}, p${share * 100}`,
    value: quantile(pressed.times, share),
    peer: 'target at p95',
    peerValue: 50,
  })
}
printRow({
  what: 'presses refused or lost in that minute',
  value: (pressed.failed / pressed.times.length) * 100,
  unit: '%',
  peer: 'none',
  peerValue: 0,
  samples: pressed.times.length,
})
await admin.end()

/** Boxes at work until `count` jobs are done or it `isOver`. */
async function drain(count: number, isOver: () => boolean = () => false): Promise<{ perSecond: number }> {
  let left = count
  const started = performance.now()
  await Promise.all(
    Array.from({ length: boxes }, async () => {
      const worker = await newWorkerOf(admin, ['remix/dev'])
      while (left > 0 && !isOver()) {
        if (await workOnce(worker)) left -= 1
        else await delay(2)
      }
    }),
  )
  return { perSecond: ((count - Math.max(0, left)) / (performance.now() - started)) * 1_000 }
}

/** One job from its claim to its end; false when there was none. */
async function workOnce(worker: string): Promise<boolean> {
  const { rows } = await world.pool.query<{ job: { id: string; epoch: number } | null }>({
    name: 'claim',
    text: `select public.claim_job($1, '{flux1-dev}') as job`,
    values: [worker],
  })
  const job = rows[0]?.job
  if (!job) return false
  await delay(jobMs)
  await complete(world.pool, worker, job)
  return true
}

/** Presses at their due moments, whether or not the earlier ones are answered; times from the due moment on. */
async function rushIn(): Promise<{ times: number[]; failed: number }> {
  const stop = new AbortController()
  const working = drain(Number.MAX_SAFE_INTEGER, () => stop.signal.aborted)
  const count = rush.perSecond * rush.seconds
  const started = performance.now()
  let failed = 0
  const times: Promise<number>[] = []
  for (let index = 0; index < count; index += 1) {
    const due = started + (index * 1_000) / rush.perSecond
    const early = due - performance.now()
    if (early > 1) await delay(early)
    times.push(
      enqueue(world.pool, ownerOf(index)).then(
        () => performance.now() - due,
        () => ((failed += 1), Number.POSITIVE_INFINITY),
      ),
    )
  }
  const done = await Promise.all(times)
  stop.abort()
  await working
  return { times: done, failed }
}

async function drainGraphile(): Promise<number> {
  const pool = openPool(world.adminUrl, boxes + 2)
  const logger = new Logger(() => () => undefined)
  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  await utils.migrate()
  await utils.addJobs(Array.from({ length: backlog }, () => ({ identifier: 'render', payload: {} })))
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = backlog
  const started = performance.now()
  const runner = await run({
    pgPool: pool,
    logger,
    concurrency: boxes,
    noHandleSignals: true,
    taskList: {
      async render() {
        await delay(jobMs)
        left -= 1
        if (left === 0) resolve()
      },
    },
  })
  await promise
  const perSecond = (backlog / (performance.now() - started)) * 1_000
  await runner.stop()
  await utils.release()
  await pool.end()
  return perSecond
}

async function drainBoss(): Promise<number> {
  const boss = new PgBoss({ connectionString: world.adminUrl, max: boxes + 2, supervise: false, schedule: false })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.createQueue('render')
  await boss.insert(
    'render',
    Array.from({ length: backlog }, () => ({ data: {} })),
  )
  let left = backlog
  const started = performance.now()
  // Its own loop polls no faster than every half second: fetch and complete are what it offers for more.
  await Promise.all(
    Array.from({ length: boxes }, async () => {
      while (left > 0) {
        const [job] = await boss.fetch('render')
        if (!job) return
        await delay(jobMs)
        await boss.complete('render', job.id)
        left -= 1
      }
    }),
  )
  const perSecond = (backlog / (performance.now() - started)) * 1_000
  await boss.stop({ graceful: false })
  return perSecond
}
