import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { balanceOf, call, jobOf, makeArtist, makeWorker, claimOne, complete, press, refusal, rows } from './fixtures.ts'
import type { Artist } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

type Merged = { jobs: number; credits: number }

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

function merge(from: Artist, into: Artist): Promise<Merged> {
  return call(db, 'merge_accounts', [from.id, into.id])
}

async function finish(artist: Artist, wish: { requestId?: string } = {}): Promise<string> {
  const variant = `v${randomUUID().slice(0, 8)}`
  await press(db, { artist, purse: 'free', variant, ...wish })
  const worker = await makeWorker(db, { templates: [`remix/${variant}`] })
  const { id, epoch } = await claimOne(db, worker.id)
  await complete(db, worker.id, id, epoch)
  return id
}

test('E14 a merge moves jobs, images and uploads, once', async () => {
  const [from, into] = [await makeArtist(db, { anonymous: true }), await makeArtist(db)]
  const job = await finish(from)
  await call(db, 'create_upload', [randomUUID(), from.id, `staging/${randomUUID()}`, 'image/png', 900])

  const first = await merge(from, into)
  const second = await merge(from, into)

  expect([first, second]).toEqual([
    { jobs: 1, credits: 0 },
    { jobs: 0, credits: 0 },
  ])
  expect((await jobOf(db, job)).owner).toBe(into.id)
  const left = await rows(
    db,
    `select 'job' from jobs where owner = $1 union all select 'asset' from assets where owner = $1
     union all select 'upload' from uploads where owner = $1`,
    [from.id],
  )
  expect(left).toEqual([])
})

test('E14 credits move once, by a row on either side', async () => {
  const [from, into] = [await makeArtist(db, { anonymous: true, credits: 7 }), await makeArtist(db, { credits: 5 })]

  const merged = await Promise.all([merge(from, into), merge(from, into), merge(from, into)])

  expect(merged.map((one) => one.credits).toSorted((one, two) => one - two)).toEqual([0, 0, 7])
  expect(await balanceOf(db, into.id)).toEqual({ balance: 12, held: 0 })
  expect(await balanceOf(db, from.id)).toEqual({ balance: 0, held: 0 })
  const moves = await rows(
    db,
    `select owner, delta from ledger where kind = 'adjust' and owner in ($1, $2) order by id`,
    [from.id, into.id],
  )
  expect(moves).toEqual([
    { owner: from.id, delta: -7 },
    { owner: into.id, delta: 7 },
  ])
})

test('E14 free uses of the visitor count in the account, so that signing in is no second quota', async () => {
  const [from, into] = [await makeArtist(db, { anonymous: true }), await makeArtist(db)]
  const network = { bucket: randomUUID(), class: 'network' as const }
  for (let index = 0; index < 6; index += 1) await finish(from)
  for (let index = 0; index < 2; index += 1) await finish(into)
  await press(db, { artist: into, purse: 'free', buckets: [network], variant: 'later' })

  await merge(from, into)

  const refused = await refusal(press(db, { artist: into, purse: 'free', count: 2 }))
  expect(refused).toMatchObject({ code: 'FREE_LIMIT_REACHED', data: { left: 1 } })
  expect(await rows(db, 'select used from free_usage where bucket = $1', [network.bucket])).toEqual([{ used: 1 }])
})

test('request ids that meet their like are told apart', async () => {
  const [from, into] = [await makeArtist(db, { anonymous: true }), await makeArtist(db)]
  const requestId = randomUUID()
  const [mine, theirs] = [await finish(into, { requestId }), await finish(from, { requestId })]
  await db.pool.query('update jobs set transmission = $2 where id = any($1)', [[mine, theirs], 'deadbeef'])

  expect((await merge(from, into)).jobs).toBe(1)

  const [kept, moved] = [await jobOf(db, mine), await jobOf(db, theirs)]
  expect(kept).toMatchObject({ request_id: requestId, transmission: 'deadbeef' })
  expect(moved.request_id).not.toBe(requestId)
  expect(moved.transmission).not.toBe('deadbeef')
})

test('only an anonymous account without open jobs merges, and only into a permanent one', async () => {
  const [anonymous, permanent, other] = [
    await makeArtist(db, { anonymous: true }),
    await makeArtist(db),
    await makeArtist(db),
  ]

  expect((await refusal(merge(other, permanent))).code).toBe('FORBIDDEN')
  expect((await refusal(merge(anonymous, await makeArtist(db, { anonymous: true })))).code).toBe('FORBIDDEN')
  expect((await refusal(merge(anonymous, anonymous))).code).toBe('FORBIDDEN')
  await press(db, { artist: anonymous, purse: 'free', variant: 'waiting' })
  expect(await refusal(merge(anonymous, permanent))).toEqual({ code: 'TOO_MANY_JOBS', data: { open: 1, cap: 0 } })
})

test('a grant happens once an external id, and belongs to one owner and amount', async () => {
  const [artist, other] = [await makeArtist(db), await makeArtist(db)]
  const grant = (owner: string, amount: number): Promise<{ granted: boolean; balance: number }> =>
    call(db, 'grant_credits', [owner, amount, 'grant', 'welcome'])

  const answers = await Promise.all(Array.from({ length: 10 }, () => grant(artist.id, 5)))

  expect(answers.filter((answer) => answer.granted)).toHaveLength(1)
  expect(answers.every((answer) => answer.balance === 5)).toBe(true)
  expect((await refusal(grant(other.id, 5))).code).toBe('REQUEST_ID_REUSED')
  expect((await refusal(grant(artist.id, 6))).code).toBe('REQUEST_ID_REUSED')
  expect((await refusal(call(db, 'grant_credits', [artist.id, -5, 'grant', 'x']))).code).toBe('INVALID_INPUT')
  expect((await refusal(call(db, 'grant_credits', [artist.id, 5, 'purchase', 'x']))).code).toBe('INVALID_INPUT')
})

test('nothing but a clawback or an adjustment can take a balance below zero', async () => {
  const { id } = await makeArtist(db, { credits: 1, free: false })

  const overdraw = db.pool.query(`select private.post($1, gen_random_uuid(), 'hold', -2, 2)`, [id])

  await expect(overdraw).rejects.toMatchObject({ code: '23514' })
})
