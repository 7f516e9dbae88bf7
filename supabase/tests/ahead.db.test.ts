import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  age,
  balanceOf,
  call,
  claim,
  claimOne,
  complete,
  expectBalancedBooks,
  jobOf,
  makeArtist,
  makeWorker,
  press,
  report,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import type { Artist, Claimed } from './fixtures.ts'

let db: TestDatabase
let artist: Artist
let variant = ''
let template = ''
beforeAll(async () => {
  db = await cloneDatabase()
})
beforeEach(async () => {
  variant = `v${randomUUID().slice(0, 8)}`
  template = `remix/${variant}`
  artist = await makeArtist(db, { credits: 20, free: false })
})
afterEach(() => expectBalancedBooks(db))
afterAll(() => db[Symbol.asyncDispose]())

function claimAhead(worker: string): Promise<Claimed | null> {
  return call(db, 'claim_job', [worker, [], true])
}

/** A box that renders one job and holds the next. */
async function holding(count = 2): Promise<{ worker: string; first: Claimed; ahead: Claimed }> {
  const { id: worker } = await makeWorker(db, { templates: [template] })
  await press(db, { artist, variant, count })
  const first = await claimOne(db, worker)
  await report(db, worker, { job: first.id, epoch: 1 })
  const ahead = await claimAhead(worker)
  if (ahead === null) throw new Error('nothing ahead')
  return { worker, first, ahead }
}

test('a busy box gets one job ahead, and no second', async () => {
  const { worker, ahead } = await holding(4)

  expect(await jobOf(db, ahead.id)).toMatchObject({ status: 'running', stage: 'starting', ahead: true })
  expect(await claimAhead(worker)).toBeNull()
})

test('a box may take the next ahead once the last one has begun', async () => {
  const { worker, first, ahead } = await holding(4)
  await complete(db, worker, first.id, 1)
  await report(db, worker, { job: ahead.id, epoch: 1, stage: 'loading' })

  expect(await jobOf(db, ahead.id)).toMatchObject({ ahead: false, stage: 'loading' })
  expect(await claimAhead(worker)).not.toBeNull()
})

test('nothing is held ahead while an idle box could run it, but what that box cannot run is', async () => {
  const [busy, idle] = [
    await makeWorker(db, { templates: [template, `${template}x`] }),
    await makeWorker(db, { templates: [template] }),
  ]
  await press(db, { artist, variant, count: 3 })
  await claimOne(db, busy.id)

  expect(await claimAhead(busy.id)).toBeNull()
  const { jobs } = await press(db, { artist, variant: `${variant}x` })
  expect((await claimAhead(busy.id))?.id).toBe(jobs[0])

  const second = await claimOne(db, idle.id)
  expect(second.id).not.toBe(jobs[0])
  expect(await claimAhead(idle.id)).not.toBeNull()
})

test('an idle box of too little trust, a draining one and one that fell silent stop nobody', async () => {
  const busy = await makeWorker(db, { templates: [template] })
  await makeWorker(db, { templates: [template], trust: 'community' })
  const draining = await makeWorker(db, { templates: [template] })
  const silent = await makeWorker(db, { templates: [template] })
  await db.pool.query('update workers set draining = true where id = $1', [draining.id])
  await db.pool.query(`update workers set active_at = now() - interval '16 s' where id = $1`, [silent.id])
  await press(db, { artist, variant, count: 2, minTrust: 'own' })
  await claimOne(db, busy.id)

  expect(await claimAhead(busy.id)).not.toBeNull()
})

test('a box whose GPU is free, saving its last image, is idle', async () => {
  const [one, two] = [await makeWorker(db, { templates: [template] }), await makeWorker(db, { templates: [template] })]
  await press(db, { artist, variant, count: 4 })
  await claimOne(db, one.id)
  const other = await claimOne(db, two.id)

  await report(db, two.id, { job: other.id, epoch: 1, stage: 'saving' })
  expect(await claimAhead(one.id)).toBeNull()
})

test('a cancel of a job ahead returns a free use too, counts as none that ran, and tells the box', async () => {
  const { id: worker } = await makeWorker(db, { templates: [template] })
  const free = await makeArtist(db)
  await press(db, { artist: free, variant, count: 2, purse: 'free' })
  await claimOne(db, worker)
  const ahead = await claimAhead(worker)
  const [said] = await call<{ cancel: string }[]>(db, 'queue_positions', [[ahead?.id]])

  expect(said).toMatchObject({ cancel: 'returns' })
  expect(await call(db, 'cancel_job', [free.id, ahead?.id])).toEqual({ status: 'canceled', returned: 1 })
  expect(await rows(db, 'select outcome from job_attempts where job_id = $1', [ahead?.id])).toEqual([
    { outcome: 'drained' },
  ])
  expect(await report(db, worker, { job: ahead?.id ?? '', epoch: 1 })).toMatchObject({ over: true })
})

test('a job ahead that is released, lost, or sat on burns no attempt; the box that sat on it is fenced', async () => {
  const { worker, ahead } = await holding()

  await call(db, 'release_job', [worker, ahead.id, 1])
  expect(await jobOf(db, ahead.id)).toMatchObject({ status: 'queued', attempts: 0, ahead: false })

  await claimAhead(worker)
  await age(db, ahead.id, ['lease_until'], '31 s')
  await sweep(db)
  expect(await jobOf(db, ahead.id)).toMatchObject({ status: 'queued', attempts: 0, worker_id: worker })
  await report(db, worker, { job: ahead.id, epoch: 2, stage: 'starting' })
  expect(await jobOf(db, ahead.id)).toMatchObject({ status: 'running', attempts: 1, ahead: true })

  await age(db, ahead.id, ['shown_at'], '121 s')
  await sweep(db)
  expect(await jobOf(db, ahead.id)).toMatchObject({ status: 'queued', attempts: 0, worker_id: null, ahead: false })
  expect(await report(db, worker, { job: ahead.id, epoch: 2 })).toMatchObject({ over: true })
})

test('a job ahead counts in the cap of its lane', async () => {
  const { id: worker } = await makeWorker(db, { templates: [template] })
  await press(db, { artist, variant, count: 4 })
  await claimOne(db, worker)

  await setSettings(db, { running_caps: { paid: 1, free: 1, anon: 1 } })
  expect(await claimAhead(worker)).toBeNull()
  await setSettings(db, { running_caps: { paid: 8, free: 4, anon: 2 } })
  expect(await claimAhead(worker)).not.toBeNull()
})

test('max_concurrent counts what is before a GPU: not the job ahead, not the one being saved', async () => {
  const { id: worker } = await makeWorker(db, { templates: [template] })
  const { id: other } = await makeWorker(db, { templates: [template] })
  const [busy] = await rows<{ n: number }>(
    db,
    `select count(*)::int as n from jobs where status = 'running' and not ahead and stage <> 'saving'`,
  )
  const room = (busy?.n ?? 0) + 1
  await press(db, { artist, variant, count: 4 })
  await setSettings(db, { max_concurrent: room })
  const first = await claimOne(db, worker)
  expect(await claim(db, other)).toBeNull()
  await db.pool.query('update workers set draining = true where id = $1', [other])

  const ahead = await claimAhead(worker)
  expect(ahead).not.toBeNull()
  await report(db, worker, { job: first.id, epoch: 1, stage: 'saving' })
  await report(db, worker, { job: ahead?.id ?? '', epoch: 1, stage: 'loading' })
  await setSettings(db, { max_concurrent: room - 1 })
  expect(await claimAhead(worker)).toBeNull()
  await setSettings(db, { max_concurrent: null })
})

test('a box that renders nothing gets nothing ahead', async () => {
  const { id: worker } = await makeWorker(db, { templates: [template] })
  await press(db, { artist, variant, count: 2 })

  expect(await claimAhead(worker)).toBeNull()
  const first = await claimOne(db, worker)
  await report(db, worker, { job: first.id, epoch: 1, stage: 'saving' })
  expect(await claimAhead(worker)).toBeNull()
})

test('a job that was ahead starts when it begins, not when it was claimed, and its end is paid once', async () => {
  const { worker, first, ahead } = await holding()
  await age(db, ahead.id, ['started_at'], '8 s')
  await complete(db, worker, first.id, 1)
  const before = Date.now()
  await report(db, worker, { job: ahead.id, epoch: 1, stage: 'sampling' })
  await complete(db, worker, ahead.id, 1)

  const job = await jobOf(db, ahead.id)
  expect(job).toMatchObject({ status: 'succeeded' })
  expect(Date.parse(String(job['started_at']))).toBeGreaterThan(before - 1000)
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 18, held: 0 })
})

test('an idle box that is held back keeps nobody from taking a job ahead', async () => {
  const [busy, idle] = [
    await makeWorker(db, { templates: [template] }),
    await makeWorker(db, { templates: [template] }),
  ]
  await press(db, { artist, variant, count: 2 })
  const first = await claimOne(db, busy.id)
  await report(db, busy.id, { job: first.id, epoch: 1 })
  const whileIdle = await claimAhead(busy.id)
  await db.pool.query(`update workers set hold_until = now() + interval '20 s' where id = $1`, [idle.id])

  expect(whileIdle).toBeNull()
  expect(await claimAhead(busy.id)).not.toBeNull()
})
