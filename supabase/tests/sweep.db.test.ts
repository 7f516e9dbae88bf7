import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  age,
  balanceOf,
  call,
  claimOne,
  jobOf,
  makeArtist,
  makeScene,
  makeWorker,
  press,
  report,
  rows,
  sweep,
} from './fixtures.ts'
import { holdRows, untilWaiting } from './locks.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

test('a live lease is left alone', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()

  expect(await sweep(db)).toMatchObject({ requeued: 0, failed: 0, extended: 0 })
  expect((await jobOf(db, id)).status).toBe('running')
})

test('a lost lease goes back to the queue and is given to the next worker', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()
  await age(db, id, ['lease_until'], '31 s')

  expect(await sweep(db)).toMatchObject({ requeued: 1 })

  expect(await jobOf(db, id)).toMatchObject({ status: 'queued', stage: 'waiting', step: 0, attempts: 1 })
  const next = await makeWorker(db, { templates: [`remix/${scene.variant}`] })
  expect(await claimOne(db, next.id)).toMatchObject({ id, epoch: 2 })
})

test('a job that no worker survives fails after its attempts and is given back', async () => {
  const scene = await makeScene(db)
  const [id = ''] = await scene.press()
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await scene.claim()
    await age(db, id, ['lease_until'], '31 s')
    await sweep(db)
  }

  expect(await jobOf(db, id)).toMatchObject({ status: 'failed', error_code: 'WORKER_LOST', returned: 1 })
  expect(await balanceOf(db, scene.artist.id)).toEqual({ balance: 100, held: 0 })
  expect(await rows(db, 'select outcome from job_attempts where job_id = $1', [id])).toEqual([
    { outcome: 'lost' },
    { outcome: 'lost' },
    { outcome: 'lost' },
  ])
})

test('after a gap of more than 15 s every lease first gets 30 s more', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()
  await age(db, id, ['lease_until', 'shown_at'], '10 min')

  expect(await sweep(db, { gap: true })).toMatchObject({ requeued: 0, failed: 0 })
  expect(await sweep(db)).toMatchObject({ requeued: 0, failed: 0 })

  const job = await jobOf(db, id)
  expect(job.status).toBe('running')
  expect(job.lease_until.getTime() - Date.now()).toBeGreaterThan(25_000)
})

test('a worker that talks but shows nothing new is stuck: it is told to stop and the job moves on', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, step: 3 })
  await age(db, id, ['shown_at'], '121 s')

  expect(await sweep(db)).toMatchObject({ requeued: 1 })

  expect((await report(db, scene.worker, { job: id, epoch, step: 3 })).over).toBe(true)
  expect(await rows(db, 'select outcome, error_code from job_attempts where job_id = $1', [id])).toEqual([
    { outcome: 'failed', error_code: 'STAGE_TIMEOUT' },
  ])
  expect(
    await rows(db, `select 1 from realtime.messages where event = 'cancel' and payload ->> 'job' = $1`, [id]),
  ).toHaveLength(1)
})

test('a job that runs past its whole time is stopped even while it shows progress', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()
  await db.pool.query(`update job_attempts set claimed_at = claimed_at - interval '16 min' where job_id = $1`, [id])

  expect(await sweep(db)).toMatchObject({ requeued: 1 })
})

test('sweeps that run at once do the work once', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()
  await age(db, id, ['lease_until'], '31 s')
  await db.pool.query('update private.sweep_state set swept_at = now()')

  const answers = await Promise.all(Array.from({ length: 8 }, () => call<{ requeued: number }>(db, 'sweep', [])))

  expect(answers.reduce((sum, answer) => sum + answer.requeued, 0)).toBe(1)
})

test('a sweep that gives back in several buckets does not deadlock with a press in the same ones', async () => {
  const [late, early] = ['z', 'a'].map((letter) => ({ bucket: letter + randomUUID(), class: 'network' as const }))
  if (late === undefined || early === undefined) throw new Error('no buckets')
  const [first, second, third] = [
    await makeArtist(db, { anonymous: true }),
    await makeArtist(db, { anonymous: true }),
    await makeArtist(db, { anonymous: true }),
  ]
  const wish = { purse: 'free', variant: 'circular' } as const
  const worker = await makeWorker(db, { templates: ['remix/circular'] })
  await press(db, { ...wish, artist: first, buckets: [late] })
  const { jobs } = await press(db, { ...wish, artist: second, buckets: [early] })
  for (let index = 0; index < 2; index += 1) await claimOne(db, worker.id)
  await db.pool.query(
    `update jobs set attempts = 3, lease_until = now() - interval '1 s' where status = 'running' and variant = $1`,
    [wish.variant],
  )

  // The sweep has ended the first job and stands before the second; a press wants both buckets, in their order.
  const release = await holdRows(db, 'select from free_holds where job_id = $1', jobs)
  const sweeping = sweep(db)
  await untilWaiting(db, 1)
  const pressing = press(db, { ...wish, artist: third, buckets: [late, early] })
  await untilWaiting(db, 2)
  await release()

  expect(await sweeping).toMatchObject({ failed: 2 })
  expect((await pressing).jobs).toHaveLength(1)
})

test('staging objects are named for deletion a day later, again until the row is gone', async () => {
  const artist = await makeArtist(db)
  const id = randomUUID()
  await call(db, 'create_upload', [id, artist.id, `staging/${id}`, 'image/png', 900])
  expect(await sweep(db)).toMatchObject({ expired_uploads: [] })
  await db.pool.query(`update uploads set created_at = now() - interval '25 hours' where id = $1`, [id])

  const first = await sweep(db)
  const second = await sweep(db)
  await db.pool.query(`update uploads set listed_at = now() - interval '11 min' where id = $1`, [id])
  const third = await sweep(db)
  await db.pool.query(`update uploads set created_at = now() - interval '27 hours' where id = $1`, [id])
  await sweep(db)

  expect([first, second, third].map((answer) => answer['expired_uploads'])).toEqual([
    [`staging/${id}`],
    [],
    [`staging/${id}`],
  ])
  expect(await rows(db, 'select 1 from uploads where id = $1', [id])).toEqual([])
})
