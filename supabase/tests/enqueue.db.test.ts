import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  balanceOf,
  call,
  jobOf,
  makeArtist,
  makeAsset,
  makeScene,
  outcomes,
  press,
  pressForAll,
  refusal,
  rows,
  setSettings,
  useUpFree,
} from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

test('a press makes jobs, specs, one hold a job and a lane, and rings the workers', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })

  const { jobs, replayed } = await press(db, { artist, count: 3, price: 2 })

  expect(replayed).toBe(false)
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 4, held: 6 })
  const ledger = await rows(
    db,
    `select job_id, delta, balance_after from ledger where owner = $1 and kind = 'hold' order by id`,
    [artist.id],
  )
  expect(ledger).toEqual([
    { job_id: jobs[0], delta: -2, balance_after: 8 },
    { job_id: jobs[1], delta: -2, balance_after: 6 },
    { job_id: jobs[2], delta: -2, balance_after: 4 },
  ])
  const specs = await rows(db, 'select seed from job_specs where job_id = any($1) order by job_id', [jobs])
  expect(specs.map((spec) => spec['seed'])).toEqual(['7', '8', '9'])
  const lanes = await rows(db, 'select class, queued, running from queue_lanes where owner = $1', [artist.id])
  expect(lanes).toEqual([{ class: 'paid', queued: 3, running: 0 }])
  expect(await rows(db, `select 1 from realtime.messages where topic = 'workers' and event = 'wake'`)).toHaveLength(1)
})

test('jobs of one press are distinct in time and in transmission number', async () => {
  const artist = await makeArtist(db)

  const { jobs } = await press(db, { artist, count: 4, purse: 'free' })

  const found = await rows<{ created_at: string; transmission: string }>(
    db,
    'select created_at::text, transmission from jobs where id = any($1)',
    [jobs],
  )
  expect(new Set(found.map((row) => row.created_at)).size).toBe(4)
  expect(new Set(found.map((row) => row.transmission)).size).toBe(4)
  expect(found.every((row) => /^[0-9a-f]{8}$/.test(row.transmission))).toBe(true)
})

test('D02 50 concurrent presses with one request id make the same jobs and one hold', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })
  const requestId = randomUUID()

  const answers = await Promise.all(Array.from({ length: 50 }, () => press(db, { artist, count: 2, requestId })))

  expect(new Set(answers.map((answer) => JSON.stringify(answer.jobs))).size).toBe(1)
  expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 8, held: 2 })
})

test('a replay is answered before pauses and limits', async () => {
  const artist = await makeArtist(db, { credits: 1, free: false })
  const requestId = randomUUID()
  const first = await press(db, { artist, requestId })
  await setSettings(db, { intake_paused: true, open_caps: { permanent: 0, anonymous: 0 } })

  const again = await press(db, { artist, requestId })
  await setSettings(db, { intake_paused: false, open_caps: { permanent: 40, anonymous: 10 } })

  expect(again).toEqual({ jobs: first.jobs, replayed: true })
})

test('a press answers everything the server shows of it, and a replay what has become of it', async () => {
  const artist = await makeArtist(db, { credits: 3, free: false })
  const wish = { artist, count: 2, requestId: randomUUID() }

  const first = await pressForAll(db, wish)
  const ids = first.jobs.map((job) => job.id)
  const positions = await call<unknown[]>(db, 'queue_positions', [ids])
  const quote = await call(db, 'quote', [artist.id, artist.anonymous, '[]', null, 1, 0])
  await call(db, 'cancel_job', [artist.id, ids[0]])
  const again = await pressForAll(db, wish)

  expect(first.jobs).toMatchObject([
    { ordinal: 0, owner: artist.id, request_id: wish.requestId, status: 'queued', stage: 'waiting', price: 1 },
    { ordinal: 1, owner: artist.id, request_id: wish.requestId, status: 'queued', stage: 'waiting', price: 1 },
  ])
  expect(new Map(first.specs.map((spec) => [spec['job_id'], spec['seed']]))).toEqual(
    new Map([
      [ids[0], '7'],
      [ids[1], '8'],
    ]),
  )
  expect(first.inputs).toMatchObject([{ id: artist.asset, kind: 'input', width: expect.any(Number) }])
  expect(first.positions).toEqual(positions)
  expect(first.quote).toEqual(quote)
  expect(quote).toMatchObject({ credits: { balance: 1, held: 2 }, jobs: { open: 2 } })

  expect(again.jobs.map((job) => [job.id, job.status])).toEqual([
    [ids[0], 'canceled'],
    [ids[1], 'queued'],
  ])
  expect([again.specs, again.inputs]).toEqual([first.specs, first.inputs])
  expect(again.positions).toMatchObject([{ id: ids[1] }])
  expect(again.quote).toMatchObject({ credits: { balance: 2, held: 1 }, jobs: { open: 1 } })
})

test('a request id with another hash is refused, and belongs to its owner alone', async () => {
  const artist = await makeArtist(db, { credits: 2, free: false })
  const other = await makeArtist(db, { credits: 2, free: false })
  const requestId = randomUUID()
  await press(db, { artist, requestId, hash: 'one' })

  expect((await refusal(press(db, { artist, requestId, hash: 'two' }))).code).toBe('REQUEST_ID_REUSED')
  expect((await press(db, { artist: other, requestId, hash: 'two' })).replayed).toBe(false)
})

test('D01 100 parallel presses on 10 credits make exactly 10 jobs', async () => {
  await setSettings(db, { open_caps: { permanent: 100, anonymous: 10 } })
  const artist = await makeArtist(db, { credits: 10, free: false })

  const { done, codes } = await outcomes(Array.from({ length: 100 }, () => press(db, { artist })))

  expect(done).toHaveLength(10)
  expect(codes).toHaveLength(90)
  expect(new Set(codes)).toEqual(new Set(['PURSE_EMPTY']))
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 0, held: 10 })
})

test('a changed price or purse is refused with the facts and nothing held', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })

  const dearer = await refusal(press(db, { artist, count: 2, price: 2, expected: 2 }))
  const notFree = await refusal(press(db, { artist, purse: 'free' }))

  expect(dearer).toMatchObject({ code: 'PRICE_CHANGED', data: { purse: 'credits', price: 4 } })
  expect(notFree).toMatchObject({ code: 'PRICE_CHANGED', data: { purse: 'credits', price: 1 } })
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 10, held: 0 })
})

test('a press that said credits is told when it is free', async () => {
  const artist = await makeArtist(db, { credits: 10 })

  const refused = await refusal(press(db, { artist, count: 2, price: 3 }))

  expect(refused).toMatchObject({ code: 'PRICE_CHANGED', data: { purse: 'free', price: 2 } })
})

test('four images with three free left are refused with what is left, not split over two purses', async () => {
  const artist = await makeArtist(db)
  await useUpFree(db, artist.id, 7)

  const refused = await refusal(press(db, { artist, count: 4, purse: 'free' }))

  expect(refused).toMatchObject({ code: 'FREE_LIMIT_REACHED', data: { left: 3, cap: 10 } })
  expect(refused.data['resets_at']).toMatch(/T00:00:00/)
  expect((await press(db, { artist, count: 3, purse: 'free' })).jobs).toHaveLength(3)
})

test('an empty purse is refused with price and balance', async () => {
  const artist = await makeArtist(db, { credits: 1, free: false })

  const refused = await refusal(press(db, { artist, price: 5 }))

  expect(refused).toMatchObject({ code: 'PURSE_EMPTY', data: { price: 5, balance: 1 } })
})

test('a free job costs one image whatever its price in credits', async () => {
  const artist = await makeArtist(db)

  const { jobs } = await press(db, { artist, purse: 'free', price: 9 })

  expect(await jobOf(db, jobs[0] ?? '')).toMatchObject({ purse: 'free', price: 1, lane: 'free' })
})

test('unknown, foreign and deleted assets are refused alike', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })
  const stranger = await makeArtist(db)
  const deleted = await makeAsset(db, artist.id)
  await db.pool.query('update assets set deleted_at = now() where id = $1', [deleted])

  for (const asset of [randomUUID(), stranger.asset, deleted]) {
    expect((await refusal(press(db, { artist, asset }))).code).toBe('ASSET_NOT_FOUND')
  }
  const mask = { asset_id: stranger.asset, grow: 4, feather: 8 }
  expect((await refusal(press(db, { artist, mask }))).code).toBe('ASSET_NOT_FOUND')
})

test('images are what they are named as, and a mask has the size of what it repaints', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })
  const make = (kind: string) => makeAsset(db, artist.id, kind)
  const [work, maskId, other] = [await make('work'), await make('mask'), await make('mask')]
  await db.pool.query('update assets set width = 65 where id = $1', [other])
  const mask = { asset_id: maskId, grow: 4, feather: 8 }
  const source = { artist, asset: work, role: 'source' }

  for (const kind of ['mask', 'preview', 'timeline', 'lora']) {
    expect(await refusal(press(db, { artist, asset: await make(kind) }))).toMatchObject({
      code: 'INVALID_INPUT',
      data: { path: 'inputs', kind },
    })
  }
  expect(await refusal(press(db, { ...source, mask: { ...mask, asset_id: work } }))).toMatchObject({
    code: 'INVALID_INPUT',
    data: { path: 'mask', kind: 'work' },
  })
  expect((await refusal(press(db, { artist, role: 'source', mask }))).code).toBe('WORK_IMAGE_REQUIRED')
  expect((await refusal(press(db, { ...source, role: 'base', mask }))).code).toBe('WORK_IMAGE_REQUIRED')
  expect(await refusal(press(db, { ...source, mask: { ...mask, asset_id: other } }))).toEqual({
    code: 'MASK_SIZE_MISMATCH',
    data: { width: 64, height: 48 },
  })
  expect(await balanceOf(db, artist.id)).toEqual({ balance: 10, held: 0 })

  const { inputs } = await pressForAll(db, { ...source, mask })
  expect(new Set(inputs.map((row) => row['id']))).toEqual(new Set([work, maskId]))
})

test('a press from words alone has no image and is claimed like any other', async () => {
  const scene = await makeScene(db)

  const [job] = await scene.press({ inputs: [] })
  const claimed = await scene.claim()

  expect(claimed).toMatchObject({ id: job, inputs: [], mask: null })
})

test('pauses, a spent cap and too many open jobs are refused with their facts', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist })

  await setSettings(db, { intake_paused: true })
  const paused = await refusal(press(db, { artist }))
  await setSettings(db, { intake_paused: false, daily_cap_usd: 0 })
  const spent = await refusal(press(db, { artist }))
  await setSettings(db, { daily_cap_usd: null, open_caps: { permanent: 2, anonymous: 2 } })
  const crowded = await refusal(press(db, { artist, count: 2 }))
  await setSettings(db, { open_caps: { permanent: 40, anonymous: 10 } })

  expect(paused.code).toBe('INTAKE_PAUSED')
  expect(spent.code).toBe('SPEND_CAP_REACHED')
  expect(crowded).toEqual({ code: 'TOO_MANY_JOBS', data: { open: 1, cap: 2 } })
})

test('40 parallel presses never pass the cap of open jobs', async () => {
  await setSettings(db, { open_caps: { permanent: 5, anonymous: 10 } })
  const artist = await makeArtist(db, { credits: 100, free: false })

  const { done, codes } = await outcomes(Array.from({ length: 40 }, () => press(db, { artist })))
  await setSettings(db, { open_caps: { permanent: 40, anonymous: 10 } })

  expect(done).toHaveLength(5)
  expect(new Set(codes)).toEqual(new Set(['TOO_MANY_JOBS']))
})

test('a spec cannot be changed and a ledger row neither changed nor removed, not even by the owner of the tables', async () => {
  const artist = await makeArtist(db, { credits: 1, free: false })
  const { jobs } = await press(db, { artist })

  await expect(db.pool.query(`update job_specs set prompt = 'x' where job_id = $1`, jobs)).rejects.toThrow(
    /append-only/,
  )
  await expect(db.pool.query('update ledger set delta = 0')).rejects.toThrow(/append-only/)
  await expect(db.pool.query('delete from ledger')).rejects.toThrow(/append-only/)
  await expect(db.pool.query('truncate ledger')).rejects.toThrow(/append-only/)
})

test('no statement can end a hold twice', async () => {
  const artist = await makeArtist(db, { credits: 1, free: false })
  const { jobs } = await press(db, { artist })
  await call(db, 'cancel_job', [artist.id, jobs[0]])

  const second = db.pool.query(
    `insert into ledger (owner, job_id, kind, delta, balance_after) values ($1, $2, 'capture', 0, 1)`,
    [artist.id, jobs[0]],
  )

  await expect(second).rejects.toThrow(/ledger_end/)
})
