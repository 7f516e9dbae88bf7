import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { age, call, expectBalancedBooks, jobOf, makeScene, refusal, report, rows } from './fixtures.ts'
import type { Row } from './fixtures.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectBalancedBooks(db))

async function messages(topic: string, event: string): Promise<Row[]> {
  const found = await rows<{ payload: Row }>(
    db,
    'select payload from realtime.messages where topic = $1 and event = $2 order by inserted_at',
    [topic, event],
  )
  return found.map((row) => row.payload)
}

test('a change of stage shows at once, however soon after the last report', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()

  await report(db, scene.worker, { job: id, epoch, stage: 'loading' })
  await report(db, scene.worker, { job: id, epoch, stage: 'sampling', step: 1, progress: 0.1 })

  expect(await jobOf(db, id)).toMatchObject({ stage: 'sampling', step: 1, version: 4 })
})

test('a report less than 200 ms after the last is ignored', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, stage: 'sampling', step: 1 })
  const before = await jobOf(db, id)

  const reply = await report(db, scene.worker, { job: id, epoch, step: 2 })

  expect(reply.over).toBe(false)
  expect(await jobOf(db, id)).toEqual(before)
})

test('between two things shown a report moves only the lease', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, step: 1 })
  await age(db, id, ['reported_at'], '300 ms')
  const before = await jobOf(db, id)

  await report(db, scene.worker, { job: id, epoch, step: 2 })

  const after = await jobOf(db, id)
  expect(after).toMatchObject({ step: 1, version: before.version })
  expect(after.lease_until.getTime()).toBeGreaterThan(before.lease_until.getTime())
})

test('a second after the last thing shown, steps show; without a change nothing does', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, step: 1, progress: 0.1 })
  await age(db, id, ['reported_at', 'shown_at'], '1 s')
  await report(db, scene.worker, { job: id, epoch, step: 4, progress: 0.2 })
  const shown = await jobOf(db, id)
  await age(db, id, ['reported_at', 'shown_at'], '1 s')

  await report(db, scene.worker, { job: id, epoch, step: 4, progress: 0.2 })

  expect(shown).toMatchObject({ step: 4, version: 4 })
  expect((await jobOf(db, id)).version).toBe(4)
})

test('steps, progress and stages never run backwards, and are clamped', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, stage: 'sampling', step: 20, progress: 0.7 })
  await age(db, id, ['reported_at', 'shown_at'], '2 s')

  await report(db, scene.worker, { job: id, epoch, stage: 'loading', step: 3, progress: Number.NaN })
  expect(await jobOf(db, id)).toMatchObject({ stage: 'sampling', step: 20, progress: 0.7 })
  await age(db, id, ['reported_at', 'shown_at'], '2 s')
  await report(db, scene.worker, { job: id, epoch, stage: 'sampling', step: 999, progress: 0.2 })
  expect(await jobOf(db, id)).toMatchObject({ step: 28, progress: 0.7 })
})

test('past sampling every step counts as done', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()

  await report(db, scene.worker, { job: id, epoch, stage: 'decoding', step: 0 })

  expect(await jobOf(db, id)).toMatchObject({ stage: 'decoding', step: 28 })
  expect((await refusal(call(db, 'cancel_job', [scene.artist.id, id]))).code).toBe('TOO_LATE_TO_CANCEL')
})

test('a finished job answers over, a draining worker is told so', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await db.pool.query('update workers set draining = true where id = $1', [scene.worker])
  const running = await report(db, scene.worker, { job: id, epoch })
  await call(db, 'cancel_job', [scene.artist.id, id])

  expect(running).toMatchObject({ over: false, drain: true })
  expect(await report(db, scene.worker, { job: id, epoch })).toMatchObject({ over: true, drain: true })
})

test('E07 a revoked worker is refused at its next report', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await db.pool.query('update workers set revoked_at = now() where id = $1', [scene.worker])

  expect((await refusal(report(db, scene.worker, { job: id, epoch }))).code).toBe('WORKER_REVOKED')
})

test('the owner hears every version of a job once, in order, and every move of the balance', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, stage: 'sampling', step: 3, progress: 0.25 })
  await call(db, 'cancel_job', [scene.artist.id, id])

  const heard = (await messages(`user:${scene.artist.id}`, 'job')).filter((message) => message['id'] === id)
  expect(heard.map((message) => [message['version'], message['status'], message['stage'], message['step']])).toEqual([
    [1, 'queued', 'waiting', 0],
    [2, 'running', 'starting', 0],
    [3, 'running', 'sampling', 3],
    [4, 'canceled', 'sampling', 3],
  ])
  expect(heard[2]).toEqual({
    id,
    version: 3,
    epoch: 1,
    status: 'running',
    stage: 'sampling',
    step: 3,
    steps: 28,
    progress: 0.25,
    error_code: null,
  })
  const balances = await messages(`user:${scene.artist.id}`, 'balance')
  expect(balances.map((message) => [message['balance'], message['held']])).toEqual([
    [100, 0],
    [99, 1],
    [100, 0],
  ])
  expect(await messages('workers', 'cancel')).toContainEqual(expect.objectContaining({ job: id, epoch }))
})

test('workers are woken at most once in 100 ms', async () => {
  const scene = await makeScene(db)
  await db.pool.query(`update private.doorbell set rung_at = '-infinity'`)
  const before = (await messages('workers', 'wake')).length
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: 10 }, () => scene.press()))
  const gaps = Math.floor((performance.now() - startedAt) / 100)
  const during = (await messages('workers', 'wake')).length - before
  await db.pool.query(`update private.doorbell set rung_at = now() - interval '101 ms'`)
  await scene.press()

  expect(during).toBeGreaterThanOrEqual(1)
  expect(during).toBeLessThanOrEqual(1 + gaps)
  expect((await messages('workers', 'wake')).length - before).toBe(during + 1)
})

test('a report says that the fleet is busy from the 21st running job on', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  const running = await rows<{ n: number }>(db, `select count(*)::int as n from public.jobs where status = 'running'`)
  const missing = 20 - (running[0]?.n ?? 0)
  for (let i = 0; i < missing; i += 1) await (await makeScene(db)).start()

  const before = await report(db, scene.worker, { job: id, epoch, step: 1 })
  await (await makeScene(db)).start()
  const after = await report(db, scene.worker, { job: id, epoch, step: 2 })

  expect([before.busy, after.busy]).toEqual([false, true])
})
