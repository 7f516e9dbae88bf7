import { randomUUID } from 'node:crypto'
import { v7 } from 'uuid'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  balanceOf,
  call,
  claimOne,
  complete,
  expectBalancedBooks,
  jobOf,
  makeArtist,
  makeAsset,
  makeWorker,
  outcomes,
  press,
  refusal,
  report,
  rows,
} from './fixtures.ts'
import type { Artist } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'
import { holdRows, untilWaiting } from './locks.ts'

type Closed = { ended: number; credits: number }
type Erasures = { objects: string[]; users: string[] }

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
  await db.pool.query(`insert into credit_packs (id, title, credits, amount_cents) values ('p', 'P', 100, 900)
    on conflict (id) do nothing`)
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(async () => {
  await expectBalancedBooks(db)
  await expectInvariants(db)
})

function close(artist: Artist): Promise<Closed> {
  return call(db, 'close_account', [artist.id])
}

function merge(from: Artist, into: Artist): Promise<{ jobs: number; credits: number }> {
  return call(db, 'merge_accounts', [from.id, into.id])
}

/** Tables that hold what a person made, brought or said, and how many rows of theirs. */
async function leftOf(owner: string): Promise<string[]> {
  const found = await rows<{ name: string }>(
    db,
    `select 'asset' as name from assets where owner = $1
     union all select 'upload' from uploads where owner = $1
     union all select 'spec' from job_specs s join jobs j on j.id = s.job_id where j.owner = $1
     union all select 'share' from shares where owner = $1
     union all select 'lora' from loras where owner = $1
     union all select 'profile' from profiles where id = $1
     union all select 'customer' from stripe_customers where owner = $1
     union all select 'lane' from queue_lanes where owner = $1
     union all select 'open job' from jobs where owner = $1 and status in ('queued', 'running')`,
    [owner],
  )
  return found.map(({ name }) => name)
}

/** One job that runs at the given step of 28, on a worker of its own. */
async function running(artist: Artist, wish: { purse: 'free' | 'credits'; price?: number; step: number }) {
  const variant = `v${randomUUID().slice(0, 8)}`
  await press(db, { artist, variant, purse: wish.purse, ...(wish.price ? { price: wish.price } : {}) })
  const worker = await makeWorker(db, { templates: [`remix/${variant}`] })
  const { id, epoch } = await claimOne(db, worker.id)
  await report(db, worker.id, { job: id, epoch, step: wish.step, progress: wish.step / 28 })
  return { id, epoch, worker: worker.id }
}

test('closing ends open jobs, returns their credits, erases pictures and words, and leaves the books', async () => {
  const artist = await makeArtist(db, { credits: 20, free: false })
  const late = await running(artist, { purse: 'credits', price: 3, step: 27 })
  await press(db, { artist, price: 2, variant: 'waiting' })
  await call(db, 'create_upload', [randomUUID(), artist.id, `staging/${artist.id}`, 'image/png', 900])
  await call(db, 'save_customer', [artist.id, `cus_${artist.id}`, null])
  await db.pool.query(`insert into profiles (id, display_name) values ($1, 'Io')`, [artist.id])
  await db.pool.query(`insert into shares (id, slug, owner, job_id) values ($1, $2, $3, $4)`, [
    randomUUID(),
    randomUUID().replaceAll('-', ''),
    artist.id,
    late.id,
  ])

  expect(await close(artist)).toEqual({ ended: 2, credits: 20 })
  expect(await close(artist)).toEqual({ ended: 0, credits: 0 })

  expect(await leftOf(artist.id)).toEqual([])
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 0, held: 0 })
  const ledger = await rows(db, 'select kind, delta from ledger where owner = $1 order by id', [artist.id])
  expect(ledger).toEqual([
    { kind: 'grant', delta: 20 },
    { kind: 'hold', delta: -3 },
    { kind: 'hold', delta: -2 },
    { kind: 'release', delta: 3 },
    { kind: 'release', delta: 2 },
    { kind: 'adjust', delta: -20 },
  ])
  expect((await refusal(complete(db, late.worker, late.id, late.epoch))).code).toBe('JOB_OVER')
})

test('a free image from the queue goes back to the network, one that was seen does not', async () => {
  const artist = await makeArtist(db, { anonymous: true })
  const network = { bucket: randomUUID(), class: 'network' as const }
  const variant = `v${randomUUID().slice(0, 8)}`
  await press(db, { artist, purse: 'free', variant, buckets: [network] })
  await press(db, { artist, purse: 'free', variant: 'waiting', buckets: [network] })
  const worker = await makeWorker(db, { templates: [`remix/${variant}`] })
  await claimOne(db, worker.id)

  await close(artist)

  expect(await rows(db, 'select used from free_usage where bucket = $1', [network.bucket])).toEqual([{ used: 1 }])
})

test('nothing is written for a closed account, whatever token still lives', async () => {
  const artist = await makeArtist(db, { credits: 5 })
  await close(artist)

  const refused = await Promise.all(
    [
      press(db, { artist, purse: 'free', inputs: [] }),
      call(db, 'create_upload', [randomUUID(), artist.id, `staging/${randomUUID()}`, 'image/png', 900]),
      call(db, 'create_purchase', [randomUUID(), artist.id, 'p']),
      call(db, 'save_customer', [artist.id, 'cus_again', null]),
      makeAsset(db, artist.id),
    ].map((attempt) => refusal(attempt)),
  )

  expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'UNAUTHENTICATED'))
  expect(await leftOf(artist.id)).toEqual([])
})

test('objects and the user are named until they are gone, and a late write is erased a minute later', async () => {
  const artist = await makeArtist(db)
  await close(artist)
  const late = randomUUID()
  // As a call that had begun before the end and committed after it.
  await db.pool.query(`begin; alter table assets disable trigger refuse_closed;
    insert into assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256)
    values ('${late}', '${artist.id}', 'work', 'works/${late}.png', 'image/png', 64, 48, 900, repeat('ab', 32));
    alter table assets enable trigger refuse_closed; commit`)

  const first = await call<Erasures>(db, 'take_erasures', [500])
  await db.pool.query(`update private.closed_accounts set closed_at = now() - interval '2 minutes' where owner = $1`, [
    artist.id,
  ])
  const second = await call<Erasures>(db, 'take_erasures', [500])
  await db.asService((client) =>
    client.query('select end_erasures($1, $2)', [[...first.objects, ...second.objects], first.users]),
  )
  await db.pool.query('update private.doomed_objects set listed_at = null')
  await db.pool.query('update private.closed_accounts set tried_at = null')
  const third = await call<Erasures>(db, 'take_erasures', [500])

  expect(first.objects).toContain(`inputs/${artist.asset}.png`)
  expect(first.users).toContain(artist.id)
  expect(second.objects).toEqual([`works/${late}.png`])
  expect(await leftOf(artist.id)).toEqual([])
  expect(third).toEqual({ objects: [], users: [] })
})

test('a press and the end of its account at one instant leave nothing open', async () => {
  for (let round = 0; round < 4; round += 1) {
    const artist = await makeArtist(db, { credits: 9, free: false })
    const pressing = [1, 2, 3].map(() => press(db, { artist, price: 3, variant: 'race' }))

    const [{ codes }] = await Promise.all([outcomes(pressing), close(artist), close(artist)])

    expect(codes.every((code) => code === 'UNAUTHENTICATED' || code === 'ASSET_NOT_FOUND')).toBe(true)
    expect(await leftOf(artist.id)).toEqual([])
    expect(await balanceOf(db, artist.id)).toEqual({ balance: 0, held: 0 })
  }
})

test('an image handed in while its account ends is captured or released, and erased either way', async () => {
  for (let round = 0; round < 3; round += 1) {
    const artist = await makeArtist(db, { credits: 3, free: false })
    const job = await running(artist, { purse: 'credits', price: 3, step: 20 })

    const [{ codes }, closed] = await Promise.all([
      outcomes([complete(db, job.worker, job.id, job.epoch)]),
      close(artist),
    ])

    const { status } = await jobOf(db, job.id)
    expect([status, codes]).toEqual(closed.ended === 1 ? ['canceled', ['JOB_OVER']] : ['succeeded', []])
    expect(await leftOf(artist.id)).toEqual([])
  }
})

test('credits paid for after the end reach nobody unnoticed', async () => {
  const artist = await makeArtist(db)
  const purchase = v7()
  await call(db, 'create_purchase', [purchase, artist.id, 'p'])
  await close(artist)

  await db.pool.query(`select private.post($1, null, 'purchase', 100, 0, $2)`, [artist.id, `purchase:${purchase}`])
  await db.pool.query(`update purchases set status = 'paid' where id = $1`, [purchase])

  expect(await rows(db, 'select kind, detail from alerts where subject = $1', [`purchase:${purchase}`])).toEqual([
    { kind: 'paid_after_close', detail: { owner: artist.id, credits: 100 } },
  ])
})

test('E14 of two merges into two accounts at one instant one wins, with everything', async () => {
  for (let round = 0; round < 3; round += 1) {
    const from = await makeArtist(db, { anonymous: true, credits: 7 })
    const [one, two] = [await makeArtist(db), await makeArtist(db)]

    const { done, codes } = await outcomes([merge(from, one), merge(from, two)])

    expect(done).toEqual([{ jobs: 0, credits: 7 }])
    expect(codes).toEqual(['FORBIDDEN'])
    const sums = [(await balanceOf(db, one.id)).balance, (await balanceOf(db, two.id)).balance]
    expect(sums.toSorted((a, b) => a - b)).toEqual([0, 7])
  }
})

test('E14 a merged account opens no second day: its token is refused, and replaying the merge moves nothing', async () => {
  const [from, into] = [await makeArtist(db, { anonymous: true, credits: 4 }), await makeArtist(db)]
  await merge(from, into)

  expect((await refusal(press(db, { artist: from, purse: 'free', inputs: [] }))).code).toBe('UNAUTHENTICATED')
  expect(await merge(from, into)).toEqual({ jobs: 0, credits: 0 })
  expect((await refusal(merge(from, await makeArtist(db)))).code).toBe('FORBIDDEN')
  const gone = await rows(db, 'select merged_into from private.closed_accounts where owner = $1', [from.id])
  expect(gone).toEqual([{ merged_into: into.id }])
  expect(await balanceOf(db, into.id)).toEqual({ balance: 4, held: 0 })
})

test('a merge and a press of the same visitor at one instant: the job moves or the merge waits for it', async () => {
  for (let round = 0; round < 4; round += 1) {
    const [from, into] = [await makeArtist(db, { anonymous: true }), await makeArtist(db)]

    const [pressed, merged] = await Promise.all([
      outcomes([press(db, { artist: from, purse: 'free', variant: 'race' })]),
      outcomes([merge(from, into)]),
    ])

    const refused = [...pressed.codes, ...merged.codes]
    expect(refused).toHaveLength(1)
    expect(['UNAUTHENTICATED', 'ASSET_NOT_FOUND', 'TOO_MANY_JOBS']).toContain(refused[0])
    expect(await rows(db, 'select 1 from jobs where owner = $1', [into.id])).toEqual([])
  }
})

test('a close and a press that meet in two networks wait for each other in one order', async () => {
  const [leaving, pressing] = [await makeArtist(db, { anonymous: true }), await makeArtist(db, { anonymous: true })]
  const [first, last] = [`0-${randomUUID()}`, `1-${randomUUID()}`]
  for (const bucket of [last, first]) {
    await press(db, { artist: leaving, purse: 'free', buckets: [{ bucket, class: 'network' }] })
  }
  const release = await holdRows(db, 'select 1 from free_usage where bucket = $1', [last])
  const closing = close(leaving)
  await untilWaiting(db, 1)
  const both = [
    { bucket: first, class: 'network' as const },
    { bucket: last, class: 'wide' as const },
  ]
  const pressed = press(db, { artist: pressing, purse: 'free', buckets: both })
  await untilWaiting(db, 2)
  await release()

  expect((await closing).ended).toBe(2)
  expect((await pressed).jobs).toHaveLength(1)
})
