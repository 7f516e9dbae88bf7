import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { raceCancelAndComplete } from './cancel-race.ts'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { age, balanceOf, call, complete, makeArtist, makeScene, refusal, report, rows, sweep } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

type Canceled = { status: string; returned: number }

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

function cancel(owner: string, job: string): Promise<Canceled> {
  return call(db, 'cancel_job', [owner, job])
}

test('from the queue everything comes back, and a second cancel answers the same', async () => {
  const scene = await makeScene(db)
  const [job = ''] = await scene.press({ price: 3 })

  const answers = [await cancel(scene.artist.id, job), await cancel(scene.artist.id, job)]

  expect(answers).toEqual([
    { status: 'canceled', returned: 3 },
    { status: 'canceled', returned: 3 },
  ])
  expect(await balanceOf(db, scene.artist.id)).toEqual({ balance: 100, held: 0 })
})

test('below 80 % of its steps a running job stops, its worker is told and the credits come back', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, step: 22 })

  expect(await cancel(scene.artist.id, id)).toEqual({ status: 'canceled', returned: 1 })

  expect((await report(db, scene.worker, { job: id, epoch, step: 23 })).over).toBe(true)
  expect((await refusal(complete(db, scene.worker, id, epoch))).code).toBe('JOB_OVER')
  expect(await rows(db, 'select outcome from job_attempts where job_id = $1', [id])).toEqual([{ outcome: 'canceled' }])
})

test('from 80 % of its steps it is too late, and the job is paid when it is done', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await report(db, scene.worker, { job: id, epoch, step: 23 })

  expect(await refusal(cancel(scene.artist.id, id))).toEqual({
    code: 'TOO_LATE_TO_CANCEL',
    data: { step: 23, steps: 28 },
  })
  await complete(db, scene.worker, id, epoch)
  expect(await refusal(cancel(scene.artist.id, id))).toEqual({ code: 'JOB_FINISHED', data: { status: 'succeeded' } })
  expect(await balanceOf(db, scene.artist.id)).toEqual({ balance: 99, held: 0 })
})

test('a job of somebody else is not found', async () => {
  const scene = await makeScene(db)
  const [job = ''] = await scene.press()

  expect((await refusal(cancel((await makeArtist(db)).id, job))).code).toBe('JOB_NOT_FOUND')
  expect((await refusal(cancel(scene.artist.id, randomUUID()))).code).toBe('JOB_NOT_FOUND')
})

test('after five running cancels in an hour a further one stops the job and keeps the price', async () => {
  const scene = await makeScene(db)
  const returned: number[] = []
  for (let round = 0; round < 6; round += 1) {
    returned.push((await cancel(scene.artist.id, (await scene.start()).id)).returned)
  }
  const [queued = ''] = await scene.press()
  const fromQueue = await cancel(scene.artist.id, queued)
  await db.pool.query(`update jobs set finished_at = finished_at - interval '61 min' where owner = $1`, [
    scene.artist.id,
  ])
  const later = await cancel(scene.artist.id, (await scene.start()).id)

  expect(returned).toEqual([1, 1, 1, 1, 1, 0])
  expect(fromQueue.returned).toBe(1)
  expect(later.returned).toBe(1)
  expect(await balanceOf(db, scene.artist.id)).toEqual({ balance: 99, held: 0 })
})

test('a job in work says what a cancel would do: give back, keep, or that it is too late', async () => {
  const scene = await makeScene(db)
  const effectOf = async (id: string) =>
    (await call<{ cancel: string }[]>(db, 'queue_positions', [`{${id}}`]))[0]?.cancel
  const [queued = ''] = await scene.press()
  const inQueue = await effectOf(queued)
  const { id, epoch } = await scene.claim()
  const running = await effectOf(id)
  for (let round = 0; round < 5; round += 1) await cancel(scene.artist.id, (await scene.start()).id)
  const sixth = await effectOf(id)
  await report(db, scene.worker, { job: id, epoch, step: 23 })
  const late = await effectOf(id)

  expect([inQueue, running, sixth, late]).toEqual(['returns', 'returns', 'keeps', 'too-late'])
})

test('eight running cancels at once give back exactly five', async () => {
  const scene = await makeScene(db)
  await scene.press({ count: 4 })
  await scene.press({ count: 4 })
  const ids: string[] = []
  for (let index = 0; index < 8; index += 1) ids.push((await scene.claim()).id)

  const answers = await Promise.all(ids.map((id) => cancel(scene.artist.id, id)))

  expect(answers.filter((answer) => answer.returned === 1)).toHaveLength(5)
})

test('a cancel of a job whose worker lost its lease tells that worker', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  await age(db, id, ['lease_until'], '1 min')
  await sweep(db)

  expect((await cancel(scene.artist.id, id)).returned).toBe(1)

  const told = await rows(
    db,
    `select payload ->> 'epoch' as epoch from realtime.messages where event = 'cancel' and payload ->> 'job' = $1`,
    [id],
  )
  expect(told).toEqual([{ epoch: String(epoch) }])
  expect((await refusal(complete(db, scene.worker, id, epoch))).code).toBe('JOB_OVER')
})

test('cancel and complete in the same instant, 80 times: one outcome each, with its money', async () => {
  await raceCancelAndComplete(db, 2)
})
