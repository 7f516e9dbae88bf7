import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { call, claimOne, makeArtist, makeWorker, press, setSettings } from './fixtures.ts'

const scenarios = 160

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { open_caps: { permanent: 1000, anonymous: 1000 } })
})
afterAll(() => db[Symbol.asyncDispose]())

type Chance = () => number

/** Mulberry32: the same seed draws the same queues. */
function seeded(seed: number): Chance {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Milliseconds of one attempt: lognormal, as measured times of renders are. */
function drawMs(chance: Chance, median: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
  return Math.round(median * Math.exp(0.25 * normal))
}

function pick(chance: Chance, least: number, most: number): number {
  return least + Math.floor(chance() * (most - least + 1))
}

async function remember(template: string, times: readonly number[]): Promise<void> {
  const artist = await makeArtist(db, { credits: 1, free: false })
  const { jobs } = await press(db, { artist, variant: 'past' })
  await db.pool.query(
    `insert into job_attempts (job_id, epoch, worker_id, template, outcome, claimed_at, sampling_at, ended_at, warm,
       model_key, steps, pixels, gpu)
     select $1, n, gen_random_uuid(), $2, 'succeeded', now() - ms * interval '1 ms', now() - ms * interval '1 ms', now(),
       false, 'flux1-dev', 28, 1048576, 'test'
     from unnest($3::int[]) with ordinality x (ms, n)`,
    [jobs[0], template, times],
  )
  await db.pool.query('select private.measure_template($1)', [template])
}

/** One queue: what its last job is told, and when it ends if boxes take one job after the other. */
async function runScenario(chance: Chance): Promise<{ p50: number; p90: number; actual: number }> {
  const variant = `v${randomUUID().slice(0, 8)}`
  const median = pick(chance, 3_000, 40_000)
  await remember(
    `remix/${variant}`,
    Array.from({ length: 60 }, () => drawMs(chance, median)),
  )
  const artist = await makeArtist(db, { credits: 100, free: false })
  const free: number[] = []
  for (let box = pick(chance, 1, 4); box > 0; box -= 1) {
    const { id } = await makeWorker(db, { templates: [`remix/${variant}`] })
    free.push(chance() < 0.7 ? await occupy(id, variant, chance, median) : 0)
  }
  let target = ''
  for (let waiting = pick(chance, 1, 9); waiting > 0; waiting -= 1) {
    target = (await press(db, { artist, variant })).jobs[0] ?? ''
    const next = free.indexOf(Math.min(...free))
    free[next] = (free[next] ?? 0) + drawMs(chance, median)
    if (waiting === 1) {
      const [place] = await call<{ eta_ms: number; p90_ms: number }[]>(db, 'queue_positions', [[target]])
      return { p50: place?.eta_ms ?? Number.NaN, p90: place?.p90_ms ?? Number.NaN, actual: free[next] ?? 0 }
    }
  }
  throw new Error('nobody waits')
}

/** Puts a box to work on a job of somebody else; answers what is left of it. */
async function occupy(worker: string, variant: string, chance: Chance, median: number): Promise<number> {
  const other = await makeArtist(db, { credits: 1, free: false })
  await press(db, { artist: other, variant })
  const { id } = await claimOne(db, worker)
  const whole = drawMs(chance, median)
  const past = Math.round(whole * chance())
  await db.pool.query(
    `update job_attempts set claimed_at = clock_timestamp() - $2 * interval '1 ms' where job_id = $1`,
    [id, past],
  )
  return whole - past
}

test(`of ${scenarios} simulated queues half keep their p50 and nine of ten their p90`, async () => {
  const chance = seeded(20261123)
  const held = { p50: 0, p90: 0 }
  for (let index = 0; index < scenarios; index += 1) {
    // Boxes of queues that were drawn before are gone.
    await db.pool.query(`update workers set active_at = now() - interval '1 hour'`)
    const { p50, p90, actual } = await runScenario(chance)
    if (actual <= p50) held.p50 += 1
    if (actual <= p90) held.p90 += 1
  }
  const share = { p50: held.p50 / scenarios, p90: held.p90 / scenarios }
  process.stdout.write(`eta calibration: p50 held ${share.p50.toFixed(2)}, p90 held ${share.p90.toFixed(2)}\n`)

  expect(share.p50).toBeGreaterThanOrEqual(0.4)
  expect(share.p50).toBeLessThanOrEqual(0.6)
  expect(share.p90).toBeGreaterThanOrEqual(0.8)
}, 120_000)
