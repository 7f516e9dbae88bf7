import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  age,
  call,
  claim,
  claimOne,
  complete,
  makeArtist,
  makeWorker,
  press,
  report,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import type { Artist } from './fixtures.ts'

type Position = {
  id: string
  ahead: number | null
  eta_ms: number | null
  p90_ms: number | null
  workers_online: number
  warm: boolean | null
  fallback: boolean
  starting_ms: number | null
}
type Past = {
  ms: number
  startMs?: number
  warm?: boolean
  gpu?: string
  steps?: number
  pixels?: number
  saveMs?: number
}

let db: TestDatabase
let artist: Artist
let variant = ''
let template = ''
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { open_caps: { permanent: 1000, anonymous: 1000 } })
})
beforeEach(async () => {
  variant = `v${randomUUID().slice(0, 8)}`
  template = `remix/${variant}`
  artist = await makeArtist(db, { credits: 500, free: false })
})
afterAll(() => db[Symbol.asyncDispose]())

/** Successes of the past, written as the claims and reports would have left them. */
async function remember(past: readonly Past[], of = template): Promise<void> {
  const { jobs } = await press(db, { artist, variant: `past${randomUUID().slice(0, 8)}`, count: 1 })
  for (const [epoch, one] of past.entries()) {
    const { ms, startMs = 0, saveMs = 0, warm = true, gpu = 'test', steps = 28, pixels = 1_048_576 } = one
    await db.pool.query(
      `insert into job_attempts (job_id, epoch, worker_id, template, outcome, claimed_at, began_at, sampling_at,
         saving_at, ended_at, warm, model_key, steps, pixels, gpu)
       select $1, $2, gen_random_uuid(), $3, 'succeeded', e - $4 * i, e - $4 * i, e - ($4 - $5) * i, e - $6 * i, e, $7,
         'flux1-dev', $8, $9, $10
       from (select clock_timestamp() - $2 * interval '1 s' as e, interval '1 ms' as i) x`,
      [jobs[0], epoch + 1, of, ms, startMs, saveMs, warm, steps, pixels, gpu],
    )
  }
  await call(db, 'cancel_job', [artist.id, jobs[0]])
  await sweep(db)
}

async function place(job: string | undefined): Promise<Position> {
  const [found] = await call<Position[]>(db, 'queue_positions', [[job]])
  if (found === undefined) throw new Error('no position')
  return found
}

async function pressOne(): Promise<string> {
  const { jobs } = await press(db, { artist, variant })
  return jobs[0] ?? ''
}

function times(ms: number, count: number, past: Partial<Past> = {}): Past[] {
  return Array.from({ length: count }, () => ({ ms, ...past }))
}

test('nothing measured, no number; nobody up, no number', async () => {
  const job = await pressOne()
  expect(await place(job)).toMatchObject({ eta_ms: null, p90_ms: null, workers_online: 0, warm: null })

  await makeWorker(db, { templates: [template] })
  expect(await place(job)).toMatchObject({ ahead: 0, eta_ms: null, workers_online: 1 })
  await remember(times(8_000, 1))
  expect(await place(job)).toMatchObject({ eta_ms: 8_000 })
})

test('jobs ahead are shared by the boxes that are up', async () => {
  await remember(times(8_000, 3))
  await makeWorker(db, { templates: [template] })
  await makeWorker(db, { templates: [template] })
  const { jobs } = await press(db, { artist, variant, count: 3 })

  const etas = await Promise.all(jobs.map(async (job) => (await place(job)).eta_ms))
  expect(etas).toEqual([8_000, 8_000, 16_000])
})

test('a box holds its GPU only until it saves, so the next begins while the last is being handed in', async () => {
  await remember(times(8_000, 3, { saveMs: 3_000 }))
  await makeWorker(db, { templates: [template] })
  const { jobs } = await press(db, { artist, variant, count: 2 })

  expect((await place(jobs[1])).eta_ms).toBe(5_000 + 8_000)
})

test('a cold model costs its load, a warm one does not', async () => {
  await remember([...times(20_000, 4, { startMs: 14_000, warm: false }), ...times(7_000, 4, { startMs: 1_000 })])
  const { id } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()

  expect(await place(job)).toMatchObject({ eta_ms: 20_000, warm: false })
  await db.pool.query(`update workers set warm = '{flux1-dev}' where id = $1`, [id])
  expect(await place(job)).toMatchObject({ eta_ms: 7_000, warm: true })
})

test('the narrowest measure counts: box, size and steps; else steps; else the template; else its model by steps', async () => {
  await remember([...times(10_000, 10), ...times(30_000, 10, { gpu: 'slow' }), ...times(2_000, 1, { steps: 4 })])
  const test = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  expect((await place(job)).eta_ms).toBe(10_000)

  await db.pool.query(`update workers set gpu = 'slow' where id = $1`, [test.id])
  expect((await place(job)).eta_ms).toBe(30_000)

  const model = `m${variant}`
  await db.pool.query(`update private.eta_times set model_key = $2 where template = $1`, [template, model])
  const other = `${variant}b`
  await makeWorker(db, { templates: [`remix/${other}`] })
  const { jobs } = await press(db, { artist, variant: other })
  await db.pool.query('update jobs set model_key = $2, steps = 14 where id = $1', [jobs[0], model])
  const kin = await place(jobs[0])
  expect(kin.eta_ms).toBeGreaterThan(4_000)
  expect(kin.eta_ms).toBeLessThan(20_000)
})

test('what runs counts by what is left of it, by its own steps once it has some', async () => {
  await remember(times(20_000, 3))
  const { id: box } = await makeWorker(db, { templates: [template] })
  const { jobs } = await press(db, { artist, variant, count: 2 })
  const first = await claimOne(db, box)
  await db.pool.query(`update job_attempts set claimed_at = now() - interval '5 s' where job_id = $1`, [first.id])

  const usual = await place(jobs[1])
  expect(usual.eta_ms).toBeGreaterThan(20_000)
  expect(usual.eta_ms).toBeLessThanOrEqual(35_000)

  await report(db, box, { job: first.id, epoch: 1, stage: 'sampling', step: 0 })
  await db.pool.query(`update job_attempts set sampling_at = now() - interval '40 s' where job_id = $1`, [first.id])
  await age(db, first.id, ['shown_at', 'reported_at'], '2 s')
  await report(db, box, { job: first.id, epoch: 1, stage: 'sampling', step: 14 })
  const slow = await place(first.id)
  expect(slow.eta_ms).toBeGreaterThan(25_000)
  expect((await place(jobs[1])).eta_ms).toBeGreaterThan(45_000)
})

test('a job that took longer than nine in ten has no number', async () => {
  await remember(times(60_000, 3))
  const { id: box } = await makeWorker(db, { templates: [template] })
  await pressOne()
  const { id } = await claimOne(db, box)

  expect((await place(id)).eta_ms).toBeGreaterThan(1_000)
  await db.pool.query(`update job_attempts set claimed_at = now() - interval '200 s' where job_id = $1`, [id])
  expect(await place(id)).toMatchObject({ eta_ms: null, p90_ms: null })
})

test('jobs that no live box can run for want of trust are not ahead', async () => {
  await makeWorker(db, { templates: [template], trust: 'community' })
  const strict = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist: strict, variant, count: 4, minTrust: 'own' })

  expect((await place(await pressOne())).ahead).toBe(0)
})

test('what a press is told is kept, with what it took; a job that did not succeed leaves no promise', async () => {
  await remember(times(8_000, 3))
  const { id: box } = await makeWorker(db, { templates: [template] })
  const { jobs } = await press(db, { artist, variant, count: 2 })
  await db.pool.query(`update eta_promises set promised_at = now() - interval '6 s' where job_id = $1`, [jobs[0]])
  const done = await claimOne(db, box)
  await complete(db, box, done.id, 1)
  await call(db, 'cancel_job', [artist.id, jobs[1]])

  const kept = await rows(db, 'select job_id, p50_ms, p90_ms, actual_ms, facts from eta_promises where template = $1', [
    template,
  ])
  expect(kept).toMatchObject([{ job_id: jobs[0], p50_ms: 8_000, facts: { ahead: 0, workers: 1, model: 'flux1-dev' } }])
  expect(kept[0]?.['actual_ms']).toBeGreaterThanOrEqual(6_000)
  expect(
    await rows(db, 'select point, n, p50_held, p90_held from eta_calibration(100) where template = $1', [template]),
  ).toEqual([
    { point: 'claim', n: 1, p50_held: 1, p90_held: 1 },
    { point: 'press', n: 1, p50_held: 1, p90_held: 1 },
  ])
})

test('promises that are off are corrected by what was measured of them, within bounds', async () => {
  await remember(times(8_000, 3))
  const { id: box } = await makeWorker(db, { templates: [template] })
  const say = async (ratio: number) => {
    await db.pool.query('delete from eta_promises')
    await db.pool.query(
      `insert into eta_promises (job_id, template, p50_ms, p90_ms, raw_p50_ms, raw_p90_ms, actual_ms)
       select id, $1, 8000, 8000, 8000, 8000, 8000 * $2::real from jobs limit 25`,
      [template, ratio],
    )
    await db.pool.query('select private.correct_template($1)', [template])
  }
  for (let index = 0; index < 24; index += 1) await press(db, { artist, variant: 'elsewhere' })
  const job = await pressOne()

  await say(1.5)
  expect(await place(job)).toMatchObject({ eta_ms: 12_000, p90_ms: 12_000 })
  await say(100)
  expect((await place(job)).eta_ms).toBe(24_000)
  await say(0.01)
  expect((await place(job)).eta_ms).toBe(4_000)
  expect(await claim(db, box)).not.toBeNull()
})

test('a queue that is too long takes no press and says when to come back', async () => {
  await pressOne()
  await sweep(db)
  await setSettings(db, { queue_cap: 1 })

  const said = await press(db, { artist, variant }).catch((error: { message: string; detail?: string }) => error)
  expect(said).toMatchObject({ message: 'QUEUE_FULL' })
  expect(JSON.parse('detail' in said && said.detail !== undefined ? said.detail : '{}')).toMatchObject({
    cap: 1,
    retry_after_s: 60,
  })
  expect(await call(db, 'quote', [artist.id, false, '[]', template, 1, 1])).toMatchObject({ refusal: 'QUEUE_FULL' })
  await setSettings(db, { queue_cap: 10_000 })
  await sweep(db)
})

test('a queue of months takes presses, and a job that waited for weeks is completed', async () => {
  await remember(times(8_000, 3))
  const { id: box } = await makeWorker(db, { templates: [template] })
  await db.pool.query('update private.eta_times set run50 = 2147483647, run90 = 2147483647 where template = $1', [
    template,
  ])
  await db.pool.query(
    `insert into private.eta_factors (template, n, p50, p90) values ($1, 99, 2, 3)
     on conflict (template) do update set p50 = 2, p90 = 3`,
    [template],
  )
  const job = await pressOne()
  const [kept] = await rows(db, 'select p50_ms, p90_ms from eta_promises where job_id = $1', [job])
  await db.pool.query(`update eta_promises set promised_at = now() - interval '40 days' where job_id = $1`, [job])
  await db.pool.query('delete from private.eta_times where template = $1', [template])
  const { id, epoch } = await claimOne(db, box)
  await complete(db, box, id, epoch)

  expect(kept).toEqual({ p50_ms: 2_147_483_647, p90_ms: 2_147_483_647 })
  expect(await rows(db, 'select actual_ms from eta_promises where job_id = $1', [job])).toEqual([
    { actual_ms: 2_147_483_647 },
  ])
})
