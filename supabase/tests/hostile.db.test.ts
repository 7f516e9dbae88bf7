import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  capabilitiesOf,
  call,
  claim,
  claimOne,
  complete,
  expectBalancedBooks,
  jobOf,
  makeArtist,
  makeWorker,
  press,
  refusal,
  report,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import type { Claimed } from './fixtures.ts'

let db: TestDatabase
let variant = ''
let template = ''
let box = ''
beforeAll(async () => {
  db = await cloneDatabase()
})
beforeEach(async () => {
  variant = `v${randomUUID().slice(0, 8)}`
  template = `remix/${variant}`
  box = (await makeWorker(db, { templates: [template] })).id
})
afterEach(() => expectBalancedBooks(db))
afterAll(() => db[Symbol.asyncDispose]())

/** One queued job of somebody new. */
async function pressOne(): Promise<string> {
  const artist = await makeArtist(db, { credits: 4, free: false })
  const { jobs } = await press(db, { artist, variant })
  return jobs[0] ?? ''
}

function fail(worker: string, { id, epoch }: Claimed, retry = true): Promise<{ status: string }> {
  return call(db, 'fail_job', [worker, id, epoch, 'ENGINE_ERROR', retry, ''])
}

async function boxOf(worker: string): Promise<Record<string, unknown>> {
  return (await rows(db, 'select * from workers where id = $1', [worker]))[0] ?? {}
}

/** Fails a new owner's job for good, past any hold. */
async function burnOne(worker: string): Promise<void> {
  await pressOne()
  await db.pool.query(`update workers set hold_until = '-infinity' where id = $1`, [worker])
  await fail(worker, await claimOne(db, worker), false)
}

async function refusals(worker: string): Promise<Record<string, number>> {
  const found = await rows<{ reason: string; total: string }>(
    db,
    'select reason, total from worker_refusals where worker_id = $1',
    [worker],
  )
  return Object.fromEntries(found.map(({ reason, total }) => [reason, Number(total)]))
}

async function openAlert(worker: string): Promise<Record<string, unknown> | undefined> {
  const [alert] = await rows<{ detail: Record<string, unknown> }>(
    db,
    `select detail from alerts where kind = 'box' and subject = $1 and closed_at is null`,
    [worker],
  )
  return alert?.detail
}

test('a wrong epoch and the job of another box are refused as not theirs; an epoch they lost is not', async () => {
  const other = (await makeWorker(db, { templates: [template] })).id
  await pressOne()
  const held = await claimOne(db, box)

  for (const [worker, epoch] of [
    [other, 1],
    [box, 2],
    [other, 0],
  ] as const) {
    const said = await refusal(complete(db, worker, held.id, epoch))
    expect(said).toMatchObject({ code: 'EPOCH_STALE' })
    expect(said.data).toMatchObject({ theirs: false })
  }
  await fail(box, held)
  expect((await refusal(complete(db, box, held.id, 1))).data).toMatchObject({ theirs: true })
  expect((await refusal(complete(db, box, randomUUID(), 1))).code).toBe('JOB_NOT_FOUND')
})

test('progress of a job it never held changes nothing, is told so, and is counted', async () => {
  const other = (await makeWorker(db, { templates: [template] })).id
  await pressOne()
  const held = await claimOne(db, box)

  expect(await report(db, other, { job: held.id, epoch: 1, step: 27 })).toMatchObject({ over: true })
  expect(await report(db, other, { job: randomUUID(), epoch: 1 })).toMatchObject({ over: true })
  expect(await jobOf(db, held.id)).toMatchObject({ step: 0, stage: 'starting', worker_id: box })
  expect(await refusals(other)).toEqual({ NOT_THEIRS: 2 })
})

test('numbers that no box can mean are set right and counted; a stage that does not exist is refused', async () => {
  await pressOne()
  const { id } = await claimOne(db, box)

  await report(db, box, { job: id, epoch: 1, stage: 'loading', step: -5, steps: 2_000_000_000, progress: Number.NaN })
  expect(await jobOf(db, id)).toMatchObject({ step: 0, steps: 28, progress: 0 })
  expect((await refusal(report(db, box, { job: id, epoch: 1, stage: 'done' }))).code).toBe('INVALID_INPUT')
  expect(await refusals(box)).toEqual({ REPORT_ABSURD: 1 })
})

test.each([
  ['no time at all', null],
  ['less than nothing', -1],
  ['NaN', 'NaN'],
])('a GPU time of %s is refused, and the job stays theirs to end', async (_name, gpuMs) => {
  await pressOne()
  const { id } = await claimOne(db, box)

  expect((await refusal(call(db, 'complete_job', [box, id, 1, '[]', gpuMs, {}]))).code).toBe('INVALID_INPUT')
  expect(await complete(db, box, id, 1)).toEqual({ status: 'succeeded' })
})

test('a GPU time of ten years is cut to what database time allows, and counted', async () => {
  await pressOne()
  const { id } = await claimOne(db, box)
  const output = {
    id: randomUUID(),
    kind: 'output',
    storage_key: `outputs/${id}`,
    mime: 'image/png',
    width: 8,
    height: 8,
    bytes: 9,
    sha256: 'a'.repeat(64),
  }
  await call(db, 'complete_job', [box, id, 1, JSON.stringify([output]), 3.2e11, {}])

  const [attempt] = await rows<{ gpu_ms: string }>(db, 'select gpu_ms from job_attempts where job_id = $1', [id])
  expect(Number(attempt?.gpu_ms)).toBeLessThan(60_000)
  expect(await refusals(box)).toEqual({ TIMING_ABSURD: 1 })
})

test('what is sent again after the end is answered as before or refused, and pays once', async () => {
  const job = await pressOne()
  const held = await claimOne(db, box)
  await complete(db, box, held.id, 1)

  expect(await complete(db, box, held.id, 1)).toEqual({ status: 'succeeded' })
  expect((await refusal(fail(box, held))).code).toBe('JOB_OVER')
  expect((await refusal(call(db, 'release_job', [box, held.id, 1]))).code).toBe('JOB_OVER')
  expect(await report(db, box, { job: held.id, epoch: 1 })).toMatchObject({ over: true })
  expect(await rows(db, `select kind from ledger where job_id = $1 order by id`, [job])).toEqual([
    { kind: 'hold' },
    { kind: 'capture' },
  ])
})

test('too many refusals of one kind in an hour open one alert; honest ones need twenty times as many', async () => {
  await setSettings(db, { box_refusals: 3 })
  const note = (reason: string, count: number) =>
    call(db, 'note_refusals', [JSON.stringify([{ worker: box, reason, count }])])
  await note('EPOCH_STALE', 59)
  await note('OUTPUT_INVALID', 2)
  expect(await openAlert(box)).toBeUndefined()
  await note('OUTPUT_INVALID', 2)
  expect(await openAlert(box)).toMatchObject({ OUTPUT_INVALID: 4, key: 'test' })
  await note('EPOCH_STALE', 1)
  expect(await openAlert(box)).toMatchObject({ OUTPUT_INVALID: 4, EPOCH_STALE: 60 })

  await db.pool.query(`update worker_refusals set hour = hour - interval '1 hour' where worker_id = $1`, [box])
  await note('OUTPUT_INVALID', 1)
  expect(
    await rows(db, 'select total::int, in_hour from worker_refusals where worker_id = $1 and reason = $2', [
      box,
      'OUTPUT_INVALID',
    ]),
  ).toEqual([{ total: 5, in_hour: 1 }])
  await setSettings(db, { box_refusals: 60 })
})

test('a box that fails five owners in a row while others succeed is quarantined, and lifted by the operator', async () => {
  const good = (await makeWorker(db, { templates: [template] })).id
  await pressOne()
  await complete(db, good, (await claimOne(db, good)).id, 1)
  for (let index = 0; index < 5; index += 1) await burnOne(box)

  expect((await boxOf(box))['quarantined_at']).not.toBeNull()
  expect(await openAlert(box)).toMatchObject({ quarantined: true, streak: 5 })
  const job = await pressOne()
  expect(await claim(db, box)).toBeNull()
  await db.pool.query('update workers set draining = true where id = $1', [good])
  expect(await call(db, 'queue_positions', [[job]])).toMatchObject([{ workers_online: 0, waits_for: 'no_worker' }])

  await call(db, 'lift_quarantine', ['ada', box])
  expect((await claim(db, box))?.id).toBe(job)
  expect(await openAlert(box)).toBeUndefined()
})

test('while nobody else succeeds it may be us: only ten failures in a row are enough', async () => {
  for (let index = 0; index < 9; index += 1) await burnOne(box)
  expect((await boxOf(box))['quarantined_at']).toBeNull()
  await burnOne(box)
  expect((await boxOf(box))['quarantined_at']).not.toBeNull()
})

test('one owner, a success in between, or a job that failed elsewhere too, quarantine nobody', async () => {
  const artist = await makeArtist(db, { credits: 20, free: false })
  for (let index = 0; index < 6; index += 1) {
    await press(db, { artist, variant })
    await fail(box, await claimOne(db, box), false)
  }
  expect(await boxOf(box)).toMatchObject({ streak: 6, quarantined_at: null })
  await pressOne()
  await complete(db, box, (await claimOne(db, box)).id, 1)
  expect(await boxOf(box)).toMatchObject({ streak: 0, streak_owners: [] })

  const other = (await makeWorker(db, { templates: [template] })).id
  await pressOne()
  await fail(other, await claimOne(db, other))
  await fail(box, await claimOne(db, box))
  expect(await boxOf(box)).toMatchObject({ streak: 0 })
})

test('a box that loses jobs by silence counts as one that fails them', async () => {
  await pressOne()
  const { id } = await claimOne(db, box)
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1`, [id])
  await sweep(db)

  expect(await boxOf(box)).toMatchObject({ streak: 1 })
})

test('a loop of claim and fail is held back longer with every further owner', async () => {
  const held: number[] = []
  for (let index = 0; index < 4; index += 1) {
    await burnOne(box)
    const [row] = await rows<{ s: number }>(
      db,
      'select greatest(0, ceil(extract(epoch from hold_until - now())))::int as s from workers where id = $1 and hold_until > now()',
      [box],
    )
    held.push(row?.s ?? 0)
  }
  expect(held).toEqual([0, 0, 1, 2])
  await pressOne()
  expect(await claim(db, box)).toBeNull()
})

test('a loop of claim and release is held back from the fourth on, burns nothing, and a success forgives it', async () => {
  const job = await pressOne()
  for (let index = 0; index < 4; index += 1) {
    const { id, epoch } = await claimOne(db, box)
    await call(db, 'release_job', [box, id, epoch])
  }
  expect(await claim(db, box)).toBeNull()
  expect(await jobOf(db, job)).toMatchObject({ status: 'queued', attempts: 0 })
  await db.pool.query(`update workers set hold_until = '-infinity' where id = $1`, [box])
  const again = await claimOne(db, box)
  await complete(db, box, again.id, again.epoch)
  expect(await boxOf(box)).toMatchObject({ releases: 0 })
})

test('one key brings no more than so many new boxes an hour, and its old ones still come', async () => {
  await setSettings(db, { box_instances: 2 })
  const keyHash = randomUUID()
  const first = await makeWorker(db, { keyHash })
  await makeWorker(db, { keyHash })

  expect((await refusal(makeWorker(db, { keyHash }))).code).toBe('RATE_LIMITED')
  expect(await call(db, 'worker_session', [keyHash, first.id, capabilitiesOf([template])])).toMatchObject({
    worker_id: first.id,
  })
  await setSettings(db, { box_instances: 100 })
})

test('a revoked key loses its running jobs at once, unburned; another box finishes them and is paid once', async () => {
  const { id: worker, keyId } = await makeWorker(db, { templates: [template] })
  await db.pool.query('update workers set draining = true where id = $1', [box])
  const job = await pressOne()
  await claimOne(db, worker)
  await report(db, worker, { job, epoch: 1, step: 20 })

  await call(db, 'revoke_worker_key', [keyId])
  expect(await jobOf(db, job)).toMatchObject({ status: 'queued', attempts: 0, worker_id: null })
  for (const late of [
    () => complete(db, worker, job, 1),
    () => claim(db, worker),
    () => report(db, worker, { job, epoch: 1 }),
  ]) {
    expect((await refusal(late())).code).toBe('WORKER_REVOKED')
  }
  const other = (await makeWorker(db, { templates: [template] })).id
  const again = await claimOne(db, other)
  expect(again).toMatchObject({ id: job, epoch: 2 })
  await complete(db, other, job, 2)
  expect(await rows(db, `select count(*)::int from ledger where job_id = $1 and kind = 'capture'`, [job])).toEqual([
    { count: 1 },
  ])
})

test('one box is revoked without its key; what was locked at that moment goes back with the next sweep', async () => {
  const { id: worker, keyHash } = await makeWorker(db, { templates: [template] })
  await db.pool.query('update workers set draining = true where id = $1', [box])
  const job = await pressOne()
  await claimOne(db, worker)
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    await client.query('select from jobs where id = $1 for update', [job])
    expect(await call(db, 'revoke_worker', ['ada', worker])).toBe(0)
    await client.query('commit')
  } finally {
    client.release()
  }
  expect((await jobOf(db, job)).status).toBe('running')
  await sweep(db)
  expect(await jobOf(db, job)).toMatchObject({ status: 'queued', attempts: 0 })
  expect((await refusal(call(db, 'worker_session', [keyHash, worker, capabilitiesOf([template])]))).code).toBe(
    'WORKER_REVOKED',
  )
  expect(await makeWorker(db, { keyHash })).toMatchObject({ keyHash })
})
