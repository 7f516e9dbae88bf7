import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from './database.ts'
import { call, claim, claimOne, makeWorker, rows, setSettings, sweep } from './fixtures.ts'
import {
  calmDown,
  makeProvider as makeProviderOf,
  type PressWish,
  pressed as pressedOf,
  type ProviderWish,
} from './provider-scene.ts'

let db: TestDatabase
let variant: string
let provider: string

beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
beforeEach(async () => {
  await calmDown(db)
  await db.pool.query('update workers set draining = true')
  variant = `f${randomUUID().slice(0, 8)}`
  provider = await makeProvider()
})

const makeProvider = (options?: ProviderWish) => makeProviderOf(db, variant, options)
const pressed = (waitedS: number, wish?: PressWish) => pressedOf(db, variant, { waitedS, ...wish })

type Told = {
  eta_ms: number | null
  p90_ms: number | null
  ahead: number | null
  fallback: boolean
  waits_for: string | null
}

const told = (jobs: readonly string[]) => call<Told[]>(db, 'queue_positions', [jobs])

/** Successes at the provider, of so many milliseconds each, as its claims and completions would have left them. */
async function rememberProvider(times: readonly number[]): Promise<void> {
  const { job } = await pressed(0)
  await db.pool.query(
    `insert into job_attempts (job_id, epoch, worker_id, backend, template, outcome, claimed_at, ended_at)
     select $1, 1000 + n, gen_random_uuid(), 'comfy', $2, 'succeeded', e - ms * interval '1 ms', e
     from (select clock_timestamp() as e) x, unnest($3::int[]) with ordinality u (ms, n)`,
    [job, `remix/${variant}`, times],
  )
  await db.pool.query(`update job_attempts set backend = 'replicate' where job_id = $1 and epoch > 1000`, [job])
  await sweep(db)
  const [row] = await rows<{ owner: string }>(db, 'select owner from jobs where id = $1', [job])
  await call(db, 'cancel_job', [row?.owner, job])
}

test('whom a provider renders is told p50 and p90 of what it took, queued and running', async () => {
  await setSettings(db, { fallback_always: true })
  const { job: before } = await pressed(0)
  const [unmeasured] = await told([before])
  await rememberProvider([4_000, 6_000, 8_000, 10_000, 20_000])
  const [queued] = await told([before])
  await claimOne(db, provider)
  const [attempt] = await rows(
    db,
    'select promised_p50_ms as p50, promised_p90_ms as p90 from job_attempts where job_id = $1',
    [before],
  )
  const [running] = await told([before])

  expect(unmeasured).toMatchObject({ fallback: true, eta_ms: null, p90_ms: null, waits_for: null })
  expect(queued).toMatchObject({ fallback: true, ahead: 0, eta_ms: 8_000, p90_ms: 16_000 })
  expect(attempt).toEqual({ p50: 8_000, p90: 16_000 })
  expect([running?.eta_ms, running?.p90_ms]).toEqual([expect.any(Number), expect.any(Number)])
  expect(running?.eta_ms).toBeLessThanOrEqual(8_000)
})

test('what waits for a provider shares its places, and the silence that it waits for counts', async () => {
  await setSettings(db, { fallback_always: true })
  provider = await makeProvider({ parallel: 2 })
  await db.pool.query('update workers set draining = true where id <> $1', [provider])
  await rememberProvider([8_000, 8_000, 8_000])
  const { jobs } = await pressed(0, { count: 4, credits: 40 })
  const always = await told(jobs)
  await setSettings(db, { fallback_always: false, fallback_silence_s: 86_400 })
  const [silent] = await told(jobs)

  expect(always.map((one) => [one.ahead, one.eta_ms])).toEqual([
    [0, 8_000],
    [1, 8_000],
    [2, 16_000],
    [3, 16_000],
  ])
  expect(silent?.eta_ms).toBeGreaterThan(80_000_000)
  expect(silent?.eta_ms).toBeLessThanOrEqual(86_408_000)
})

test('nobody is sent to a provider that would take longer than our own queue', async () => {
  await setSettings(db, { fallback_wait_s: 1 })
  await rememberProvider([9_000_000])
  await makeWorker(db, { templates: [`remix/${variant}`] })
  const { job } = await pressed(0)
  await db.pool.query(
    `insert into job_attempts (job_id, epoch, worker_id, template, outcome, claimed_at, sampling_at, saving_at, ended_at)
     select $1, 1000, gen_random_uuid(), $2, 'succeeded', now() - interval '60 s', now() - interval '60 s', now(), now()`,
    [job, `remix/${variant}`],
  )
  await sweep(db)
  const [own] = await told([job])
  const slower = await claim(db, provider)
  await db.pool.query(`update private.provider_times set p50 = 5000`)
  await db.pool.query(`update private.fallback_look set looked_at = '-infinity'`)
  const quicker = await claim(db, provider)

  expect([own?.eta_ms, slower, quicker?.id]).toEqual([60_000, null, job])
})

test('an open circuit promises nothing: the job waits for a box and says so', async () => {
  const { job } = await pressed(600)
  const before = await told([job])
  await db.pool.query(
    `insert into job_attempts (job_id, epoch, worker_id, backend, template, outcome, error_code, claimed_at, ended_at)
     select $1, 1000 + n, $2, 'comfy', 'remix/x', 'failed', 'ENGINE_ERROR', now(), now() from generate_series(1, 3) n`,
    [job, provider],
  )
  const after = await told([job])

  expect(before).toMatchObject([{ fallback: true, waits_for: null }])
  expect(after).toMatchObject([{ fallback: false, waits_for: 'no_worker', eta_ms: null }])
})

test('paid images of a mode go out once the operator says that they may be sold, and until then wait for a box', async () => {
  provider = await makeProvider({ sells: false })
  await db.pool.query('update workers set draining = true where id <> $1', [provider])
  const { job } = await pressed(600)
  const [before] = await told([job])
  const refused = await claim(db, provider)
  await call(db, 'change_settings', ['operator', JSON.stringify({ fallback_sells: ['remix'] })])
  const [after] = await told([job])
  const taken = await claim(db, provider)
  await call(db, 'change_settings', ['operator', JSON.stringify({ fallback_sells: [] })])

  expect([before, after]).toMatchObject([
    { fallback: false, waits_for: 'no_worker' },
    { fallback: true, waits_for: null },
  ])
  expect([refused, taken?.id]).toEqual([null, job])
})
