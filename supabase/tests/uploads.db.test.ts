import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  assetFacts,
  call,
  capabilitiesOf,
  makeArtist,
  makeAsset,
  makeWorker,
  outcomes,
  refusal,
  rows,
} from './fixtures.ts'
import type { Row } from './fixtures.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

async function ticket(owner: string): Promise<string> {
  const id = randomUUID()
  await call(db, 'create_upload', [id, owner, `staging/${id}`, 'image/png', 900])
  return id
}

test('a confirm makes the asset once; every later one answers the first', async () => {
  const { id: owner } = await makeArtist(db)
  const upload = await ticket(owner)
  const facts = Array.from({ length: 5 }, () => assetFacts('input', `inputs/${randomUUID()}.png`))

  const answers = await Promise.all(
    facts.map((fact) => call<Row>(db, 'confirm_upload', [upload, owner, JSON.stringify(fact)])),
  )

  expect(new Set(answers.map((answer) => answer['id'])).size).toBe(1)
  expect(answers[0]).toMatchObject({ owner, kind: 'input', mime: 'image/png', width: 64, height: 48, bytes: 900 })
})

test('an upload of somebody else is not found', async () => {
  const upload = await ticket((await makeArtist(db)).id)
  const fact = JSON.stringify(assetFacts('input', `inputs/${randomUUID()}.png`))

  const stolen = refusal(call(db, 'confirm_upload', [upload, (await makeArtist(db)).id, fact]))

  expect((await stolen).code).toBe('UPLOAD_NOT_FOUND')
})

test('an owner gets 100 tickets an hour, also of 120 asked for at once', async () => {
  const { id: owner } = await makeArtist(db)

  const { done, codes } = await outcomes(Array.from({ length: 120 }, () => ticket(owner)))

  expect(done).toHaveLength(100)
  expect(new Set(codes)).toEqual(new Set(['RATE_LIMITED']))
  expect(await refusal(ticket(owner))).toEqual({ code: 'RATE_LIMITED', data: { cap: 100 } })
})

test('masks of one image leave the tickets of images alone, and have an end of their own', async () => {
  const { id: owner } = await makeArtist(db)
  const mask = await makeAsset(db, owner, 'mask')
  const used = (count: number) =>
    db.pool.query(
      `insert into uploads (id, owner, staging_key, mime, bytes, asset_id)
       select gen_random_uuid(), $1, 'staging/' || gen_random_uuid(), 'image/png', 900, $2
       from generate_series(1, $3::int)`,
      [owner, mask, count],
    )

  await used(150)
  await ticket(owner)
  await used(249)

  expect(await refusal(ticket(owner))).toEqual({ code: 'RATE_LIMITED', data: { cap: 400 } })
})

test('a mask is confirmed on a live work image of its owner that has its size', async () => {
  const [artist, stranger] = [await makeArtist(db), await makeArtist(db)]
  const work = await makeAsset(db, artist.id, 'work')
  const confirm = async (parent: string, changes: Row = {}): Promise<Row> => {
    const facts = { ...assetFacts('mask', `masks/${randomUUID()}.png`), parents: [parent], ...changes }
    return call(db, 'confirm_upload', [await ticket(artist.id), artist.id, JSON.stringify(facts)])
  }

  expect(await confirm(work)).toMatchObject({ kind: 'mask', parents: [work] })
  expect(await refusal(confirm(work, { width: 63 }))).toEqual({
    code: 'MASK_SIZE_MISMATCH',
    data: { width: 64, height: 48 },
  })
  expect((await refusal(confirm(artist.asset))).code).toBe('WORK_IMAGE_REQUIRED')
  expect((await refusal(confirm(await makeAsset(db, stranger.id, 'work')))).code).toBe('ASSET_NOT_FOUND')
  expect((await refusal(confirm(work, { kind: 'work' }))).code).toBe('INVALID_INPUT')
  await db.pool.query('update assets set deleted_at = now() where id = $1', [work])
  expect((await refusal(confirm(work))).code).toBe('ASSET_NOT_FOUND')
})

test('of two work images of one size the first counts for both, and a deleted one makes room', async () => {
  const { id: owner, asset } = await makeArtist(db)
  const keep = () => call<Row>(db, 'keep_work_image', [owner, asset, assetFacts('work', `works/${randomUUID()}.png`)])
  const find = (size = [64, 48]) => call<Row | null>(db, 'find_work_image', [owner, asset, ...size])

  expect(await find()).toBeNull()
  const ids = (await Promise.all([keep(), keep(), keep()])).map((row) => row['id'])
  expect(new Set(ids).size).toBe(1)
  expect(await find()).toMatchObject({ id: ids[0], kind: 'work', parents: [asset], owner })
  expect(await find([64, 64])).toBeNull()

  await db.pool.query('update assets set deleted_at = now() where id = $1', [ids[0]])
  expect(await find()).toBeNull()
  expect((await keep())['id']).not.toBe(ids[0])
})

test('a work image is made of a live picture of its owner alone', async () => {
  const [artist, stranger] = [await makeArtist(db), await makeArtist(db)]
  const gone = await makeAsset(db, artist.id)
  await db.pool.query('update assets set deleted_at = now() where id = $1', [gone])
  const find = (asset: string) => refusal(call(db, 'find_work_image', [artist.id, asset, 64, 64]))

  expect((await find(stranger.asset)).code).toBe('ASSET_NOT_FOUND')
  expect((await find(gone)).code).toBe('ASSET_NOT_FOUND')
  expect(await find(await makeAsset(db, artist.id, 'mask'))).toMatchObject({
    code: 'INVALID_INPUT',
    data: { kind: 'mask' },
  })
})

test('there is one private bucket for three kinds of image', async () => {
  const buckets = await rows(db, 'select id, public, file_size_limit, allowed_mime_types from storage.buckets')

  expect(buckets).toEqual([
    {
      id: 'forge',
      public: false,
      file_size_limit: String(64 * 1024 * 1024),
      allowed_mime_types: ['image/jpeg', 'image/png', 'image/webp'],
    },
  ])
})

test('a session makes one worker an instance and answers what the key says', async () => {
  const box = await makeWorker(db, { trust: 'datacenter' })

  const again = await call(db, 'worker_session', [box.keyHash, box.id, capabilitiesOf(['remix/schnell'])])
  const other = await makeWorker(db, { keyHash: box.keyHash })

  expect(again).toEqual({ worker_id: box.id, trust: 'datacenter', pool: 'pool' })
  expect(await rows(db, 'select id from workers where key_id = $1', [box.keyId])).toHaveLength(2)
  expect(other.id).not.toBe(box.id)
})

test('E07 an unknown key is invalid, a revoked key and a revoked box are refused', async () => {
  const [byKey, byBox] = [await makeWorker(db), await makeWorker(db)]
  const session = (key: string, instance: string) =>
    refusal(call(db, 'worker_session', [key, instance, capabilitiesOf([])]))
  await call(db, 'revoke_worker_key', [byKey.keyId])
  await db.pool.query('update workers set revoked_at = now() where id = $1', [byBox.id])

  expect((await session('nonsense', randomUUID())).code).toBe('WORKER_KEY_INVALID')
  expect((await session(byKey.keyHash, byKey.id)).code).toBe('WORKER_REVOKED')
  expect((await session(byBox.keyHash, byBox.id)).code).toBe('WORKER_REVOKED')
})

test('E07 a key takes over the row of another box only once that box’s key is revoked', async () => {
  const [box, thief] = [await makeWorker(db), await makeWorker(db)]

  const stolen = await refusal(call(db, 'worker_session', [thief.keyHash, box.id, capabilitiesOf([])]))
  await call(db, 'revoke_worker_key', [box.keyId])
  const rotated = await call(db, 'worker_session', [thief.keyHash, box.id, capabilitiesOf([])])

  expect(stolen.code).toBe('WORKER_KEY_INVALID')
  expect(rotated).toMatchObject({ worker_id: box.id })
})

test('the time between two calls of a rated box is booked at its rate, at most two minutes of it', async () => {
  const box = await makeWorker(db)
  await db.pool.query('update workers set usd_per_hour = 0.60 where id = $1', [box.id])
  const spent = async () =>
    Number((await rows(db, 'select sum(usd_micros) as spent from spend_days'))[0]?.['spent'] ?? 0)
  async function silentFor(time: string): Promise<number> {
    await db.pool.query('update workers set last_seen = now() - $2::interval where id = $1', [box.id, time])
    const before = await spent()
    await call(db, 'check_worker', [box.id])
    return (await spent()) - before
  }

  // 60 cents an hour is 10,000 micro-dollars a minute.
  expect(await silentFor('1 s')).toBe(0)
  const asked = performance.now()
  const half = await silentFor('30 s')
  const meanwhile = ((performance.now() - asked) / 60_000) * 10_000
  expect(half).toBeGreaterThanOrEqual(5_000)
  expect(half).toBeLessThanOrEqual(5_000 + meanwhile + 2)
  expect(Math.abs((await silentFor('1 hour')) - 20_000)).toBeLessThan(10)
})
