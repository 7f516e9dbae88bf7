import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from './database.ts'
import {
  age,
  call,
  claim,
  claimOne,
  complete,
  expectBalancedBooks,
  jobOf,
  makeWorker,
  outcomes,
  refusal,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import {
  calm,
  calmDown,
  makeProvider as makeProviderOf,
  type PressWish,
  pressed as pressedOf,
  price,
  type ProviderWish,
} from './provider-scene.ts'

let db: TestDatabase
let variant: string
let provider: string

beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(async () => {
  await expectBalancedBooks(db)
  await db[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await calmDown(db)
  variant = `f${randomUUID().slice(0, 8)}`
  provider = await makeProvider()
})

const makeProvider = (options?: ProviderWish) => makeProviderOf(db, variant, options)
const pressed = (waitedS: number, wish?: PressWish) => pressedOf(db, variant, { waitedS, ...wish })

const remoteOf = async (job: string) => (await jobOf(db, job))['remote']

test('a provider gets a job once no box has been heard of for as long as nine of ten cold starts take', async () => {
  const { job } = await pressed(59)
  const early = await claim(db, provider)
  await age(db, job, ['created_at'], '2 s')
  const got = await claimOne(db, provider)

  expect(early).toBeNull()
  expect(got).toMatchObject({ id: job, epoch: 1 })
  expect(await remoteOf(job)).toEqual({ provider: 'replicate', reason: 'silent', epoch: 1 })
  expect(await rows(db, 'select backend from job_attempts where job_id = $1', [job])).toEqual([
    { backend: 'replicate' },
  ])
})

test('silence counts from the last word of a box that could have run it; one that is heard keeps the job at home', async () => {
  const box = await makeWorker(db, { templates: [`remix/${variant}`] })
  const { job } = await pressed(3_600)
  await setSettings(db, { fallback_wait_s: null })
  const whileUp = await claim(db, provider)
  await db.pool.query(`update workers set active_at = now() - interval '50 s' where id = $1`, [box.id])
  const soonAfter = await claim(db, provider)
  await db.pool.query(`update workers set active_at = now() - interval '61 s' where id = $1`, [box.id])
  const later = await claim(db, provider)

  expect([whileUp, soonAfter]).toEqual([null, null])
  expect(later).toMatchObject({ id: job })
})

test('a predicted wait beyond the limit is a reason too, and is written as one', async () => {
  await makeWorker(db, { templates: [`remix/${variant}`] })
  const { jobs } = await pressed(0, { count: 4, credits: 40 })
  await db.pool.query(
    `insert into job_attempts (job_id, epoch, worker_id, template, outcome, claimed_at, began_at, sampling_at, saving_at,
       ended_at, warm, model_key, steps, pixels, gpu)
     select $1, 1000 + n, gen_random_uuid(), $2, 'succeeded', now() - '400 s'::interval, now() - '400 s'::interval,
       now() - '399 s'::interval, now(), now(), true, 'flux1-dev', 28, 1048576, 'test' from generate_series(1, 20) n`,
    [jobs[0], `remix/${variant}`],
  )
  await sweep(db)
  const wait = (await call<{ eta_ms: number }[]>(db, 'queue_positions', [jobs])).map((one) => one.eta_ms)
  const got = await claim(db, provider)
  await db.pool.query('delete from job_attempts where epoch > 1000')

  expect(Math.max(...wait)).toBeGreaterThan(300_000)
  expect(got).not.toBeNull()
  expect(await remoteOf(got?.id ?? '')).toMatchObject({ reason: 'wait' })
})

test('an operator may send everything out', async () => {
  await setSettings(db, { fallback_always: true })
  const { job } = await pressed(0)
  await claimOne(db, provider)

  expect(await remoteOf(job)).toMatchObject({ reason: 'asked' })
})

test.each([
  ['the operator allows it', { provider_fallback: false }],
  ['nobody asked for more trust than rented boxes have', { min_trust: 'datacenter' }],
  ['money is not being stretched to this step', { saving_hold: 'fallback_off' }],
  ['the cap of the day has room for its price', { daily_cap_usd: 0.02 }],
  ['dispatch is not paused', { dispatch_paused: true }],
])('it gets nothing unless %s', async (_, change) => {
  await pressed(600)
  await setSettings(db, change)
  const got = await claim(db, provider)
  await setSettings(db, { ...calm, dispatch_paused: false })

  expect(got).toBeNull()
  expect(await claim(db, provider)).not.toBeNull()
})

test('nobody is rendered outside who refuses, with or without an account, also after the account was taken over', async () => {
  const { artist } = await pressed(600)
  const guest = await db.createUser({ anonymous: true })
  await call(db, 'set_refuse_provider', [artist.id, true])
  await call(db, 'set_refuse_provider', [guest, true])
  const refused = await claim(db, provider)
  await call(db, 'set_refuse_provider', [artist.id, false])
  await call(db, 'merge_accounts', [guest, artist.id])
  const inherited = await claim(db, provider)
  await call(db, 'set_refuse_provider', [artist.id, false])

  expect([refused, inherited]).toEqual([null, null])
  expect(await claim(db, provider)).not.toBeNull()
})

test.for([
  { begun: false, status: 'queued' },
  { begun: true, status: 'running' },
])('a guest who refuses is taken over: what a provider has, begun: $begun, is $status', async ({ begun, status }) => {
  const { artist, job } = await pressed(600)
  const guest = await db.createUser({ anonymous: true })
  const { epoch } = await claimOne(db, provider)
  if (begun) await call(db, 'note_remote', [provider, job, epoch, { posted_at: '2026-11-24T00:00:00Z' }])
  await call(db, 'set_refuse_provider', [guest, true])
  await call(db, 'merge_accounts', [guest, artist.id])

  expect(await jobOf(db, job)).toMatchObject({ status, worker_id: begun ? provider : null })
  expect(await claim(db, provider)).toBeNull()
})

test('consent withdrawn: what a provider claimed and has not begun goes back at once, unburned, and its next word is refused', async () => {
  const { artist, job } = await pressed(600)
  const got = await claimOne(db, provider)

  expect(await call(db, 'set_refuse_provider', [artist.id, true])).toBe(0)
  expect(await jobOf(db, job)).toMatchObject({ status: 'queued', attempts: 0, worker_id: null, remote: null })
  const begin = call(db, 'note_remote', [provider, job, got.epoch, { posted_at: '2026-11-24T00:00:00Z' }])
  expect((await refusal(begin)).code).toBe('EPOCH_STALE')
  expect(await claim(db, provider)).toBeNull()
  const box = (await makeWorker(db, { templates: [`remix/${variant}`] })).id
  expect(await claimOne(db, box)).toMatchObject({ id: job, epoch: 2 })
  await complete(db, box, job, 2)
})

test('consent withdrawn: what a provider has begun ends as it is and is told; failed, it is not begun there again', async () => {
  const { artist, jobs } = await pressed(600, { count: 2 })
  const [one, two] = [await claimOne(db, provider), await claimOne(db, provider)]
  for (const { id, epoch } of [one, two])
    await call(db, 'note_remote', [provider, id, epoch, { posted_at: '2026-11-24T00:00:00Z' }])

  expect(await call(db, 'set_refuse_provider', [artist.id, true])).toBe(2)
  await call(db, 'note_remote', [provider, one.id, one.epoch, { id: 'p1' }])
  expect(await complete(db, provider, one.id, one.epoch)).toEqual({ status: 'succeeded' })
  await call(db, 'fail_job', [provider, two.id, two.epoch, 'ENGINE_ERROR', true, ''])
  expect(await claim(db, provider)).toBeNull()
  expect(await call(db, 'set_refuse_provider', [artist.id, true])).toBe(0)
  expect(jobs).toContain(two.id)
})

test('a job that asks for a trusted box, or is paid where the terms do not allow to sell, stays', async () => {
  await pressed(600, { minTrust: 'datacenter' })
  const trusted = await claim(db, provider)
  await pressed(600)
  const unsold = await makeProvider({ sells: false })
  const paid = await claim(db, unsold)
  const free = await pressed(600, { credits: 0 })

  expect([trusted, paid]).toEqual([null, null])
  expect(await claim(db, unsold)).toMatchObject({ id: free.job })
})

test('what a box says of providers is not believed', async () => {
  const liar = await makeProvider({ trust: 'community' })
  const { job } = await pressed(600)
  const got = await claimOne(db, liar)

  expect(await rows(db, 'select backend from job_attempts where job_id = $1', [job])).toEqual([{ backend: 'comfy' }])
  const note = (worker: string) => refusal(call(db, 'note_remote', [worker, job, got.epoch, { id: 'x' }]))
  expect((await note(liar)).code).toBe('FORBIDDEN')
  expect((await note(provider)).code).toBe('EPOCH_STALE')
})

test('I8: what providers are at counts as spent, however many ask at once', async () => {
  await setSettings(db, { daily_cap_usd: 0.06 })
  await Promise.all(Array.from({ length: 6 }, () => pressed(600)))
  const workers = await Promise.all(Array.from({ length: 4 }, () => makeProvider()))
  for (let round = 0; round < 3; round += 1) await Promise.all(workers.map((worker) => claim(db, worker)))

  const [at] = await rows(db, `select running, usd_micros::int from private.at_providers()`)
  expect(at).toEqual({ running: 2, usd_micros: 2 * price })
})

test('failures open the circuit; after a pause one job at a time probes it, and a success closes it', async () => {
  for (let index = 0; index < 8; index += 1) await pressed(600)
  const fail = async (code = 'ENGINE_ERROR') => {
    const { id, epoch } = await claimOne(db, provider)
    await call(db, 'fail_job', [provider, id, epoch, code, false, ''])
  }
  const circuit = async () =>
    (await rows(db, `select private.circuit(s, 'replicate') as state from settings s`))[0]?.['state']
  await fail()
  await fail('INPUT_UNREADABLE')
  await fail('PROVIDER_REFUSED')
  await fail()
  const after2 = await circuit()
  await fail()
  const after3 = [await circuit(), await claim(db, provider)]
  const past = `update job_attempts set ended_at = ended_at - interval '301 s' where backend = 'replicate' and ended_at is not null`
  await db.pool.query(past)
  const other = await makeProvider()
  const probe = await claimOne(db, provider)
  const second = await claim(db, other)
  await complete(db, provider, probe.id, probe.epoch)

  expect([after2, after3]).toEqual(['closed', ['open', null]])
  expect(second).toBeNull()
  expect(await circuit()).toBe('closed')
  expect(await claim(db, other)).not.toBeNull()
})

test('D16 the lease of a provider is lost and a box renders: its late word is refused, its cost is booked once', async () => {
  const { job, artist } = await pressed(600)
  const bought = await claimOne(db, provider)
  await call(db, 'note_remote', [
    provider,
    job,
    1,
    { id: 'abc12345', paid_epoch: 1, posted_at: '2026-11-23T12:00:00Z' },
  ])
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1`, [job])
  await sweep(db)
  const box = await makeWorker(db, { templates: [`remix/${variant}`] })
  const rendered = await claimOne(db, box.id)
  const ends = await outcomes([complete(db, box.id, job, rendered.epoch), complete(db, provider, job, bought.epoch)])
  for (const micros of [price, price]) await call(db, 'book_provider_cost', [provider, job, bought.epoch, micros])

  expect((rendered as unknown as { remote: unknown }).remote).toBeNull()
  expect(ends).toMatchObject({ done: [{ status: 'succeeded' }], codes: ['EPOCH_STALE'] })
  expect(await rows(db, `select delta from ledger where job_id = $1 and kind = 'capture'`, [job])).toHaveLength(1)
  expect(await rows(db, 'select usd_micros::int from spend_days')).toEqual([{ usd_micros: price }])
  expect(artist.id).toBe((await jobOf(db, job)).owner)
})

test('the next worker of the provider is told what the last one had begun, and books under the attempt that paid', async () => {
  const { job } = await pressed(600)
  await claimOne(db, provider)
  const note = {
    id: 'abc12345',
    paid_epoch: 1,
    deadline: '2026-11-23T12:02:00Z',
    marker: 'https://api.replicate.com/v1/files/f',
  }
  await call(db, 'note_remote', [provider, job, 1, note])
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1`, [job])
  await sweep(db)
  const next = await makeProvider()
  const again = await claimOne(db, next)
  await call(db, 'book_provider_cost', [next, job, 1, price])
  await call(db, 'note_remote', [next, job, 2, { id: null, marker: null, refused: true }])
  await call(db, 'release_job', [next, job, 2])

  expect(again).toMatchObject({ epoch: 2, remote: { ...note, epoch: 2 } })
  expect(
    await rows(db, 'select epoch, cost_usd_micros::int as cost from job_attempts where job_id = $1 order by epoch', [
      job,
    ]),
  ).toEqual([
    { epoch: 1, cost: price },
    { epoch: 2, cost: null },
  ])
  expect(await claim(db, next)).toBeNull()
  expect((await refusal(call(db, 'note_remote', [next, job, 2, { owner: 'x' }]))).code).toBe('INVALID_INPUT')
})

test('lanes whose jobs no provider may have do not hide one that it may', async () => {
  const refused = await Promise.all(Array.from({ length: 17 }, () => pressed(7_200)))
  await db.pool.query(`update jobs set remote = '{"refused": true}' where id = any ($1)`, [
    refused.map((one) => one.job),
  ])
  const { job } = await pressed(600)

  expect(await claimOne(db, provider)).toMatchObject({ id: job })
  expect(await claim(db, provider)).toBeNull()
})

test('no attempt is booked with more than a few times its price, however often it is said, and the lie is counted', async () => {
  const { job } = await pressed(600)
  const bought = await claimOne(db, provider)
  for (const micros of [100_000_000, 100_000_000, 1_000_000_000_000]) {
    await call(db, 'book_provider_cost', [provider, job, bought.epoch, micros])
  }

  expect(await rows(db, 'select usd_micros::int from spend_days')).toEqual([{ usd_micros: 10 * price }])
  expect(await rows(db, 'select reason, total::int from worker_refusals where worker_id = $1', [provider])).toEqual([
    { reason: 'COST_ABSURD', total: 3 },
  ])
  expect((await refusal(call(db, 'book_provider_cost', [provider, job, bought.epoch, -1]))).code).toBe('INVALID_INPUT')
})

test('a box in quarantine that is still heard keeps no job from a provider', async () => {
  // What else this file has measured must not make the wait the reason.
  await setSettings(db, { fallback_wait_s: null })
  const box = await makeWorker(db, { templates: [`remix/${variant}`] })
  const { job } = await pressed(600)
  const whileUp = await claim(db, provider)
  await db.pool.query('update workers set quarantined_at = now() where id = $1', [box.id])

  expect(whileUp).toBeNull()
  expect(await claimOne(db, provider)).toMatchObject({ id: job })
})
