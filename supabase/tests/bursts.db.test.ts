import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { call, makeArtist, press, rows } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const spend = (keys: string[], caps: number[], windowS = 3_600) =>
  call<number[]>(db, 'spend_rate', [`{${keys.join(',')}}`, `{${caps.join(',')}}`, windowS])

test('of 60 calls at once exactly the cap passes, whoever asks, and the others are told how long to wait', async () => {
  const key = randomUUID()

  const waits = (await Promise.all(Array.from({ length: 60 }, () => spend([key], [25])))).flat()

  // Each that passed is told what it left: 24, 23 … 0.
  expect(waits.filter((wait) => wait <= 0).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 25 }, (_, index) => index - 24),
  )
  expect(Math.max(...waits)).toBeLessThanOrEqual(3_600)
})

test('calls that name two keys in opposite orders do not deadlock, and each key has its own answer', async () => {
  const [network, account] = [randomUUID(), randomUUID()]

  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? spend([network, account], [100, 30]) : spend([account, network], [30, 100]),
    ),
  )

  const ofAccount = answers.map((waits, index) => waits[index % 2 === 0 ? 1 : 0])
  const ofNetwork = answers.map((waits, index) => waits[index % 2 === 0 ? 0 : 1])
  expect(ofAccount.filter((wait = 1) => wait <= 0)).toHaveLength(30)
  expect(ofNetwork.every((wait = 1) => wait <= 0)).toBe(true)
})

test('the window slides: what was used before its edge still counts for the share that lies within it', async () => {
  const key = randomUUID()
  await spend([key], [10])
  await db.pool.query('update private.rate_windows set slot = slot - 1, used = 1000 where key = $1', [key])

  const [wait] = await spend([key], [10])

  // In the very last seconds of an hour a thousandth of it is less than the cap.
  const [{ rest } = { rest: 0 }] = await rows<{ rest: number }>(
    db,
    'select (1 - mod(extract(epoch from now()), 3600) / 3600)::float8 as rest',
  )
  if (rest > 0.02) expect(wait).toBeGreaterThan(0)
})

test('a refused call is not counted, so waiting always helps', async () => {
  const key = randomUUID()
  for (let index = 0; index < 6; index += 1) await spend([key], [2])

  expect(await rows(db, 'select used from private.rate_windows where key = $1', [key])).toEqual([{ used: 2 }])
})

test('networks are forgotten after two days: their counters, their holds and their calls', async () => {
  const artist = await makeArtist(db)
  const buckets = [{ bucket: 'n-forgotten', class: 'network' as const }]
  const { jobs } = await press(db, { artist, purse: 'free', buckets })
  await spend(['network:old'], [5], 60)
  await db.pool.query('update private.rate_windows set slot = slot - 3')
  const days = (count: number) =>
    Promise.all([
      db.pool.query('update free_usage set day = private.utc_day() - $1::int', [count]),
      db.pool.query('update free_holds set day = private.utc_day() - $1::int', [count]),
    ])
  await days(2)
  await call(db, 'sweep', [])
  const kept = await rows(db, `select bucket from free_usage where bucket = 'n-forgotten'`)
  await days(3)
  await call(db, 'sweep', [])
  const left = await rows(db, `select bucket from free_usage`)
  const [hold] = await rows(db, 'select buckets from free_holds where job_id = $1', [jobs[0]])
  // A job that outlives its day still ends well.
  const canceled = await call(db, 'cancel_job', [artist.id, jobs[0]])

  expect(kept).toHaveLength(1)
  expect(left).toEqual([])
  expect(hold).toEqual({ buckets: [`account:${artist.id}`] })
  expect(canceled).toEqual({ status: 'canceled', returned: 1 })
  expect(await rows(db, `select from private.rate_windows where key = 'network:old'`)).toEqual([])
  await expectInvariants(db)
})
