import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { raceFailAndComplete, raceSweepAndComplete } from './end-race.ts'
import {
  age,
  assetFacts,
  balanceOf,
  call,
  claimOne,
  complete,
  jobOf,
  makeScene,
  makeWorker,
  refusal,
  report,
  rows,
  sweep,
} from './fixtures.ts'
import type { Claimed, Scene } from './fixtures.ts'
import { holdRows, untilWaiting } from './locks.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

/** Lets the lease run out and sweeps the job back into the queue. */
async function lose(job: string): Promise<void> {
  await age(db, job, ['lease_until'], '1 minute')
  await sweep(db)
  expect((await jobOf(db, job)).status).toBe('queued')
}

/** Another worker takes the job over. */
async function takeOver(scene: Scene): Promise<{ worker: string; claimed: Claimed }> {
  const worker = await makeWorker(db, { templates: [`remix/${scene.variant}`] })
  return { worker: worker.id, claimed: await claimOne(db, worker.id) }
}

async function attemptsOf(job: string): Promise<unknown[]> {
  const found = await rows(db, 'select outcome from job_attempts where job_id = $1 order by epoch', [job])
  return found.map((row) => row['outcome'])
}

test('the current epoch reports and completes after its lease ran out', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await age(db, id, ['lease_until', 'reported_at'], '1 hour')

  const reply = await report(db, scene.worker, { job: id, epoch, step: 5 })
  await age(db, id, ['lease_until'], '1 hour')

  expect(reply.over).toBe(false)
  expect(Date.parse(reply.lease_until)).toBeGreaterThan(Date.now() + 20_000)
  expect(await complete(db, scene.worker, id, epoch)).toEqual({ status: 'succeeded' })
})

test('a swept job runs again when its worker comes back first, and no attempt is burned', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await lose(id)

  const reply = await report(db, scene.worker, { job: id, epoch, step: 9, progress: 0.3 })

  expect(reply.over).toBe(false)
  expect(await jobOf(db, id)).toMatchObject({
    status: 'running',
    stage: 'sampling',
    step: 9,
    epoch: 1,
    attempts: 1,
    worker_id: scene.worker,
  })
  expect(await attemptsOf(id)).toEqual([null])
  expect(await complete(db, scene.worker, id, epoch)).toEqual({ status: 'succeeded' })
})

test('a swept job can be completed straight from the queue', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await lose(id)

  expect(await complete(db, scene.worker, id, epoch)).toEqual({ status: 'succeeded' })

  expect(await attemptsOf(id)).toEqual(['succeeded'])
  expect(await balanceOf(db, scene.artist.id)).toEqual({ balance: 99, held: 0 })
})

test('E04 an older epoch is refused in every write, for ever', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await lose(id)
  const second = await takeOver(scene)
  expect(second.claimed.epoch).toBe(2)

  async function expectRefused(code: string): Promise<void> {
    expect((await report(db, scene.worker, { job: id, epoch })).over).toBe(true)
    expect((await refusal(complete(db, scene.worker, id, epoch))).code).toBe(code)
    expect((await refusal(call(db, 'check_attempt', [scene.worker, id, epoch]))).code).toBe(code)
    expect((await refusal(call(db, 'fail_job', [scene.worker, id, epoch, 'INTERNAL', true, '']))).code).toBe(code)
    expect((await refusal(call(db, 'release_job', [scene.worker, id, epoch]))).code).toBe(code)
  }
  await expectRefused('EPOCH_STALE')
  await lose(id)
  await expectRefused('EPOCH_STALE')
  await complete(db, second.worker, id, 2)
  await expectRefused('EPOCH_STALE')

  expect(await attemptsOf(id)).toEqual(['lost', 'succeeded'])
})

test('E04 a worker that does not hold the job, or names another epoch, moves nothing', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  const thief = await makeWorker(db, { templates: [`remix/${scene.variant}`] })
  const before = await jobOf(db, id)

  for (const [who, at] of [
    [thief.id, epoch],
    [scene.worker, epoch + 1],
    [scene.worker, epoch - 1],
  ] as const) {
    expect((await report(db, who, { job: id, epoch: at, step: 20 })).over).toBe(true)
    const refused = await Promise.all([
      refusal(complete(db, who, id, at)),
      refusal(call(db, 'check_attempt', [who, id, at])),
      refusal(call(db, 'fail_job', [who, id, at, 'INTERNAL', false, ''])),
      refusal(call(db, 'release_job', [who, id, at])),
    ])
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => 'EPOCH_STALE'))
  }
  expect(await jobOf(db, id)).toEqual(before)
})

test('a complete is idempotent: one capture, one set of outputs, the same answer', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()

  const release = await holdRows(db, 'select from jobs where id = $1', [id])
  const calls = Array.from({ length: 10 }, () => complete(db, scene.worker, id, epoch))
  await untilWaiting(db, 10)
  await release()
  const answers = await Promise.all(calls)

  expect(answers).toEqual(Array.from({ length: 10 }, () => ({ status: 'succeeded' })))
  expect(await rows(db, 'select parents from assets where job_id = $1', [id])).toEqual([
    { parents: [scene.artist.asset] },
  ])
  expect(await rows(db, `select kind, delta from ledger where job_id = $1 order by id`, [id])).toEqual([
    { kind: 'hold', delta: -1 },
    { kind: 'capture', delta: 0 },
  ])
  expect(await call(db, 'check_attempt', [scene.worker, id, epoch])).toMatchObject({ status: 'succeeded' })
})

test('success needs an output', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  const preview = JSON.stringify([assetFacts('preview', `outputs/${randomUUID()}.webp`)])

  const refused = refusal(call(db, 'complete_job', [scene.worker, id, epoch, preview, 1, {}]))

  expect((await refused).code).toBe('OUTPUT_INVALID')
})

test('a retryable failure goes back to the queue until its attempts are used up, then all is given back', async () => {
  const scene = await makeScene(db)
  await scene.press()
  const statuses: unknown[] = []
  let id = ''
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const claimed = await scene.claim()
    id = claimed.id
    statuses.push(await call(db, 'fail_job', [scene.worker, id, claimed.epoch, 'OUT_OF_MEMORY', true, 'CUDA: no room']))
  }

  expect(statuses).toEqual([{ status: 'queued' }, { status: 'queued' }, { status: 'failed' }])
  expect(await jobOf(db, id)).toMatchObject({ status: 'failed', error_code: 'OUT_OF_MEMORY', returned: 1 })
  expect(await balanceOf(db, scene.artist.id)).toEqual({ balance: 100, held: 0 })
  const attempts = await rows(db, 'select outcome, error_code, detail from job_attempts where job_id = $1', [id])
  expect(attempts).toEqual(
    Array.from({ length: 3 }, () => ({ outcome: 'failed', error_code: 'OUT_OF_MEMORY', detail: 'CUDA: no room' })),
  )
})

test('E04 after its own failure a worker cannot take the attempt up again', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  const said = await call(db, 'fail_job', [scene.worker, id, epoch, 'ENGINE_ERROR', true, ''])

  expect((await report(db, scene.worker, { job: id, epoch })).over).toBe(true)
  expect((await refusal(complete(db, scene.worker, id, epoch))).code).toBe('EPOCH_STALE')
  expect(await call(db, 'fail_job', [scene.worker, id, epoch, 'ENGINE_ERROR', true, ''])).toEqual(said)
})

test('a release gives the attempt back, and may be repeated', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()

  const first = await call(db, 'release_job', [scene.worker, id, epoch])
  const second = await call(db, 'release_job', [scene.worker, id, epoch])

  expect([first, second]).toEqual([{ status: 'queued' }, { status: 'queued' }])
  expect(await jobOf(db, id)).toMatchObject({ status: 'queued', attempts: 0, worker_id: null })
  expect(await scene.claim()).toMatchObject({ id, epoch: 2 })
  expect(await attemptsOf(id)).toEqual(['drained', null])
})

test('D03 fail and complete in the same instant have one end with its money', async () => {
  expect((await raceFailAndComplete(db, 40)).size).toBeGreaterThan(0)
})

test('D04 the sweep and a late complete in the same instant have one end with its money', async () => {
  expect((await raceSweepAndComplete(db, 40)).size).toBeGreaterThan(0)
})
