import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { call, makeArtist, makeWorker, press, refusal, setSettings, useUpFree } from './fixtures.ts'
import type { Artist, Bucket, Row } from './fixtures.ts'

type Queue = { ahead: number | null; workers_online: number; eta_ms: number | null }
type Position = Queue & { id: string }
type Quote = { purse: string; price: number; refusal: string | null; queue: Queue; free: Row; credits: Row; jobs: Row }

let db: TestDatabase
let variant = ''
beforeAll(async () => {
  db = await cloneDatabase()
})
beforeEach(() => {
  variant = `v${randomUUID().slice(0, 8)}`
})
afterAll(() => db[Symbol.asyncDispose]())

function quote(
  artist: Artist | null,
  wish: { count?: number; price?: number; buckets?: Bucket[] } = {},
): Promise<Quote> {
  const { count = 1, price = count, buckets = [] } = wish
  return call(db, 'quote', [
    artist?.id ?? null,
    artist?.anonymous ?? true,
    JSON.stringify(buckets),
    `remix/${variant}`,
    count,
    price,
  ])
}

async function positions(jobs: string[]): Promise<Position[]> {
  const found = await call<Position[]>(db, 'queue_positions', [jobs])
  return jobs.map((id) => found.find((one) => one.id === id)).filter((one) => one !== undefined)
}

test('a visitor without an account sees free images and no credits', async () => {
  const answer = await quote(null)

  expect(answer).toMatchObject({
    purse: 'free',
    price: 1,
    refusal: null,
    credits: { balance: 0, held: 0 },
    jobs: { open: 0, cap: 10 },
    free: { left: 10, cap: 10, shared: false },
    queue: { ahead: 0, workers_online: 0, eta_ms: null },
  })
})

test('what a quote says is what a press accepts, in every state of both purses', async () => {
  for (const used of [0, 7, 10]) {
    for (const credits of [0, 2, 20]) {
      for (const count of [1, 4]) {
        const artist = await makeArtist(db, { credits })
        if (used > 0) await useUpFree(db, artist.id, used)
        const said = await quote(artist, { count, price: count * 2 })
        const pressed = press(db, {
          artist,
          count,
          price: 2,
          variant,
          expected: said.price,
          purse: said.purse === 'free' ? 'free' : 'credits',
        })
        if (said.refusal === null) expect((await pressed).jobs).toHaveLength(count)
        else expect((await refusal(pressed)).code).toBe(said.refusal)
      }
    }
  }
})

test('who has no credits is told about the free limit, who has some about the purse', async () => {
  const without = await makeArtist(db, { free: false })
  const with1 = await makeArtist(db, { credits: 1, free: false })

  expect(await quote(without, { count: 2 })).toMatchObject({ purse: 'free', refusal: 'FREE_LIMIT_REACHED' })
  expect(await quote(with1, { count: 2 })).toMatchObject({ purse: 'credits', price: 2, refusal: 'PURSE_EMPTY' })
})

test('free images used by others on the network show as shared', async () => {
  const buckets: Bucket[] = [{ bucket: randomUUID(), class: 'network' }]
  const neighbour = await makeArtist(db, { anonymous: true })
  await press(db, { artist: neighbour, purse: 'free', count: 3, buckets, variant })

  expect((await quote(null, { buckets })).free).toMatchObject({ left: 7, cap: 10, shared: true })
  expect((await quote(neighbour, { buckets })).free).toMatchObject({ left: 7, cap: 10, shared: false })

  const wide: Bucket[] = [{ bucket: randomUUID(), class: 'wide' }]
  const member = await makeArtist(db)
  for (const count of [4, 4, 2]) await press(db, { artist: member, purse: 'free', count, buckets: wide, variant })
  expect((await quote(member, { buckets: wide })).free).toMatchObject({ left: 0, cap: 10, shared: false })
})

test('pauses, the spent cap and too many open jobs are quoted before they are met', async () => {
  const artist = await makeArtist(db, { credits: 20 })

  await setSettings(db, { intake_paused: true })
  expect((await quote(artist)).refusal).toBe('INTAKE_PAUSED')
  await setSettings(db, { intake_paused: false, daily_cap_usd: 0 })
  expect((await quote(artist)).refusal).toBe('SPEND_CAP_REACHED')
  await setSettings(db, { daily_cap_usd: null, open_caps: { permanent: 3, anonymous: 3 } })
  expect((await quote(artist, { count: 4 })).refusal).toBe('TOO_MANY_JOBS')
  await setSettings(db, { open_caps: { permanent: 40, anonymous: 10 } })
})

test('only live workers that can run it count as online', async () => {
  const template = `remix/${variant}`
  await makeWorker(db, { templates: [template] })
  const [silent, draining, box, key] = [
    await makeWorker(db, { templates: [template] }),
    await makeWorker(db, { templates: [template] }),
    await makeWorker(db, { templates: [template] }),
    await makeWorker(db, { templates: [template] }),
  ]
  await makeWorker(db, { templates: ['remix/other'] })
  await db.pool.query(`update workers set active_at = now() - interval '46 s' where id = $1`, [silent.id])
  await db.pool.query('update workers set draining = true where id = $1', [draining.id])
  await db.pool.query('update workers set revoked_at = now() where id = $1', [box.id])
  await call(db, 'revoke_worker_key', [key.keyId])

  expect((await quote(null)).queue.workers_online).toBe(1)
})

test('ahead counts the jobs that will be served before, lanes in turn', async () => {
  await makeWorker(db, { templates: [`remix/${variant}`] })
  const [busy, calm] = [
    await makeArtist(db, { credits: 10, free: false }),
    await makeArtist(db, { credits: 10, free: false }),
  ]
  const { jobs: first } = await press(db, { artist: busy, count: 4, variant })
  const { jobs: second } = await press(db, { artist: calm, count: 2, variant })

  // busy, calm, busy, calm, busy, busy
  expect((await positions(first)).map((one) => one.ahead)).toEqual([0, 2, 4, 5])
  expect((await positions(second)).map((one) => one.ahead)).toEqual([1, 3])
})

test('jobs that no worker of mine can run are not ahead of me', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist, count: 4, variant: 'orphaned' })
  const other = await makeArtist(db, { credits: 10, free: false })
  await makeWorker(db, { templates: [`remix/${variant}`] })

  const { jobs } = await press(db, { artist: other, variant })

  expect((await positions(jobs))[0]).toMatchObject({ ahead: 0, workers_online: 1 })
})
