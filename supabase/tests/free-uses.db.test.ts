import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  call,
  claimOne,
  jobOf,
  makeArtist,
  makeWorker,
  outcomes,
  press,
  refusal,
  rows,
  setSettings,
} from './fixtures.ts'
import type { Artist, Bucket } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { open_caps: { permanent: 1000, anonymous: 1000 } })
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

function bucket(kind: Bucket['class']): Bucket {
  return { bucket: randomUUID(), class: kind }
}

async function visitors(count: number): Promise<Artist[]> {
  return Promise.all(Array.from({ length: count }, () => makeArtist(db, { anonymous: true })))
}

async function usedIn(name: string): Promise<unknown> {
  const [found] = await rows(db, 'select used from free_usage where bucket = $1 and day = private.utc_day()', [name])
  return found?.['used'] ?? 0
}

test('E11 of 100 parallel free presses of one account exactly 10 pass', async () => {
  const artist = await makeArtist(db)

  const { done, codes } = await outcomes(Array.from({ length: 100 }, () => press(db, { artist, purse: 'free' })))

  expect(done).toHaveLength(10)
  expect(new Set(codes)).toEqual(new Set(['FREE_LIMIT_REACHED']))
  expect(await usedIn(`account:${artist.id}`)).toBe(10)
})

test.each(['network', 'wide'] as const)(
  'E11 of 100 parallel free presses of many visitors in one %s bucket exactly its cap pass',
  async (kind) => {
    await setSettings(db, { free_caps: { account: 10, network: 10, wide: 10 } })
    const buckets = [bucket(kind)]
    const crowd = await visitors(25)
    const all = crowd.flatMap((artist) => [artist, artist, artist, artist])

    const { done, codes } = await outcomes(all.map((artist) => press(db, { artist, purse: 'free', buckets })))

    expect(done).toHaveLength(10)
    expect(new Set(codes)).toEqual(new Set(['FREE_LIMIT_REACHED']))
    expect(await usedIn(buckets[0]?.bucket ?? '')).toBe(10)
  },
)

test('presses that share two buckets in opposite orders do not deadlock', async () => {
  await setSettings(db, { free_caps: { account: 100, network: 100, wide: 100 } })
  const one = bucket('network')
  const two = bucket('wide')
  const crowd = await visitors(30)

  const { done, codes } = await outcomes(
    crowd.map((artist, index) => press(db, { artist, purse: 'free', buckets: index % 2 ? [one, two] : [two, one] })),
  )

  expect(codes).toEqual([])
  expect(done).toHaveLength(30)
})

test('a refused press takes nothing from any bucket', async () => {
  await setSettings(db, { free_caps: { account: 10, network: 1, wide: 40 } })
  const shared = bucket('network')
  const wide = bucket('wide')
  const [first, second] = await visitors(2)
  if (first === undefined || second === undefined) throw new Error('no visitors')
  await press(db, { artist: first, purse: 'free', buckets: [shared, wide] })

  const refused = await refusal(press(db, { artist: second, purse: 'free', buckets: [shared, wide] }))

  expect(refused).toMatchObject({ code: 'FREE_LIMIT_REACHED', data: { left: 0, cap: 10, shared: true } })
  expect(await usedIn(`account:${second.id}`)).toBe(0)
  expect(await usedIn(wide.bucket)).toBe(1)
})

test('the account always counts, whatever buckets the caller names', async () => {
  await setSettings(db, { free_caps: { account: 2, network: 10, wide: 40 } })
  const artist = await makeArtist(db)
  const forged: Bucket[] = [{ bucket: 'account:somebody', class: 'account' }]
  await press(db, { artist, count: 2, purse: 'free', buckets: forged })

  expect((await refusal(press(db, { artist, purse: 'free', buckets: forged }))).code).toBe('FREE_LIMIT_REACHED')
  expect(await usedIn('account:somebody')).toBe(0)
})

test('with free switched off the purse is credits', async () => {
  await setSettings(db, { free_enabled: false, free_caps: { account: 10, network: 10, wide: 40 } })
  const artist = await makeArtist(db)

  const refused = await refusal(press(db, { artist, purse: 'free' }))
  await setSettings(db, { free_enabled: true })

  expect(refused.code).toBe('PURSE_EMPTY')
})

test('a free use goes back once, to its own day and buckets, when the failure is ours', async () => {
  const buckets = [bucket('network')]
  const [artist] = await visitors(1)
  if (artist === undefined) throw new Error('no visitor')
  const { jobs } = await press(db, { artist, count: 2, purse: 'free', buckets, variant: 'midnight' })
  // As if both were pressed before midnight.
  await db.pool.query('update free_holds set day = day - 1 where job_id = any($1)', [jobs])
  await db.pool.query('update free_usage set day = day - 1 where bucket = any($1)', [
    [buckets[0]?.bucket, `account:${artist.id}`],
  ])
  const worker = await makeWorker(db, { templates: ['remix/midnight'] })
  const claimed = await claimOne(db, worker.id)

  await call(db, 'fail_job', [worker.id, claimed.id, claimed.epoch, 'GRAPH_INVALID', false, ''])
  await call(db, 'fail_job', [worker.id, claimed.id, claimed.epoch, 'GRAPH_INVALID', false, ''])

  expect(await jobOf(db, claimed.id)).toMatchObject({ status: 'failed', returned: 1 })
  const left = await rows(db, 'select used from free_usage where bucket = $1 and day = private.utc_day() - 1', [
    buckets[0]?.bucket,
  ])
  expect(left).toEqual([{ used: 1 }])
})

test('a free use comes back on cancel from the queue, not while running, and a finished one is spent', async () => {
  const artist = await makeArtist(db)
  const worker = await makeWorker(db, { templates: ['remix/fleeting'] })
  const first = await press(db, { artist, purse: 'free' })
  const queued = await call(db, 'cancel_job', [artist.id, first.jobs[0]])
  const second = await press(db, { artist, purse: 'free', variant: 'fleeting' })
  await claimOne(db, worker.id)
  const running = await call(db, 'cancel_job', [artist.id, second.jobs[0]])

  expect(queued).toEqual({ status: 'canceled', returned: 1 })
  expect(running).toEqual({ status: 'canceled', returned: 0 })
  expect(await usedIn(`account:${artist.id}`)).toBe(1)
})
