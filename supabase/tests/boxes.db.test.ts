import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  type Row,
  call,
  capabilitiesOf,
  claim,
  claimOne,
  complete,
  makeScene,
  makeWorker,
  refusal,
  rows,
  setSettings,
} from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(async () => {
  await expectInvariants(db)
  await db.pool.query(`update boxes set state = 'gone', gone_at = now() where state <> 'gone'`)
  await db.pool.query('update boxes set up_at = null')
  await db.pool.query(`update workers set last_seen = now() - interval '1 hour', active_at = '-infinity'`)
  await db.pool.query('delete from spend_days')
  await db.pool.query(`update private.capacity_lease set holder = null, until = '-infinity', watching_since = now()`)
  await setSettings(db, { daily_cap_usd: null, dispatch_paused: false })
})

const template = 'remix/box'
const pool = { name: 'pods', provider: 'runpod-pods', templates: [template], trust: 'datacenter', usd_per_hour: 0.8 }
const take = (holder: string) => call<Row | null>(db, 'take_capacity', [holder, JSON.stringify([pool]), 60])
const spentUsd = async () =>
  Number((await rows(db, 'select coalesce(sum(usd_micros), 0) as sum from spend_days'))[0]?.['sum']) / 1_000_000

/** A box that was asked for by `holder`, who holds the lease. */
async function ask(holder = randomUUID(), rate = 36) {
  await take(holder)
  const id = randomUUID()
  const keyHash = randomUUID()
  const box = { id, ...pool, pool: 'pods', name: `forge-test-${id.slice(0, 8)}`, key_hash: keyHash, usd_per_hour: rate }
  const isMine = await call<boolean>(db, 'ask_box', [holder, JSON.stringify(box)])
  return { id, holder, keyHash, name: box.name, isMine }
}
const answer = (box: string, remote: string, { rate = null as number | null, charged = true } = {}) =>
  call<string>(db, 'answer_box', [box, remote, rate, charged])
const age = (box: string, by: string) =>
  db.pool.query(
    `update boxes set asked_at = asked_at - $2::interval, booked_until = booked_until - $2::interval where id = $1`,
    [box, by],
  )
const openSession = async (keyHash: string, templates = [template]) => {
  const instance = randomUUID()
  await call(db, 'worker_session', [keyHash, instance, JSON.stringify(capabilitiesOf(templates))])
  return instance
}
const boxOf = async (id: string) =>
  (await rows(db, 'select *, usd_micros::int, usd_per_hour::float from boxes where id = $1', [id]))[0] ?? {}

test('one server at a time acts; another goes on when it has been silent for the lease', async () => {
  const [first, second] = [randomUUID(), randomUUID()]
  expect(await take(first)).not.toBeNull()
  expect(await take(second)).toBeNull()
  await db.pool.query(`update private.capacity_lease set until = now() - interval '1 s'`)
  expect(await take(second)).not.toBeNull()

  const late = await call(db, 'ask_box', [first, JSON.stringify({ id: randomUUID() })])
  expect(late).toBe(false)
  expect(await call(db, 'drain_box', [first, randomUUID(), 'idle'])).toBe(false)
})

test('of many servers that tick at the same moment one decides', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => take(randomUUID())))
  expect(answers.filter((one) => one !== null)).toHaveLength(1)
  const steps = await Promise.all(Array.from({ length: 6 }, () => call<Row | null>(db, 'saving_tick', [])))
  expect(steps.some((one) => one !== null)).toBe(true)
})

test('a box that its provider does not take back is told once, and no more when it is gone', async () => {
  const { id, name, holder } = await ask()
  const alerts = () =>
    rows(db, `select closed_at is null as open from alerts where kind = 'removal' and subject = $1`, [name])
  await call(db, 'note_removal', [name, 'pods', 'HTTP 500'])
  await call(db, 'note_removal', [name, 'pods', 'HTTP 500'])
  await call(db, 'note_removal', ['stray', 'pods', 'HTTP 500'])
  expect(await take(holder)).toMatchObject({ removals: [{ pool: 'pods', subject: 'stray' }] })
  const told = await alerts()
  await call(db, 'end_box', [id, 'idle'])
  expect([told, await alerts()]).toEqual([[{ open: true }], [{ open: false }]])
})

test('a pause of ours is known, so that nobody is taken for silent because of it', async () => {
  const holder = randomUUID()
  await take(holder)
  const before = Number((await take(holder))?.['watching_since'])
  await db.pool.query(`update private.capacity_lease set until = now() - interval '61 s'`)
  expect(Number((await take(holder))?.['watching_since'])).toBeGreaterThan(before)
})

test('rent is booked once, from the moment of asking until the box is gone, whether its worker speaks or not', async () => {
  const { id, holder, keyHash } = await ask()
  await answer(id, 'pod-1', { rate: 36 })
  await age(id, '100 s')
  await take(holder)
  const starting = await spentUsd()
  const worker = await openSession(keyHash)
  await db.pool.query(`update workers set last_seen = now() - interval '60 s' where id = $1`, [worker])
  await call(db, 'check_worker', [worker])
  const whileUp = await spentUsd()
  await age(id, '50 s')
  await call(db, 'end_box', [id, 'idle'])
  await call(db, 'end_box', [id, 'silent'])
  await take(holder)

  expect(starting).toBeCloseTo(1, 1)
  expect(whileUp).toBeCloseTo(1, 1)
  expect(await spentUsd()).toBeCloseTo(1.5, 1)
  expect(await boxOf(id)).toMatchObject({ state: 'gone', reason: 'idle' })
  expect(Number((await boxOf(id))['usd_micros']) / 1_000_000).toBeCloseTo(await spentUsd(), 3)
})

test('what waits at the provider costs nothing, and a box that never was costs nothing', async () => {
  const waiting = await ask()
  await answer(waiting.id, 'job-1', { charged: false })
  await age(waiting.id, '100 s')
  await take(waiting.holder)
  const lost = await ask(waiting.holder)
  await age(lost.id, '100 s')
  await call(db, 'end_box', [lost.id, 'lost'])
  expect(await spentUsd()).toBe(0)

  await answer(waiting.id, 'job-1', { charged: true })
  await age(waiting.id, '10 s')
  await take(waiting.holder)
  expect(await spentUsd()).toBeCloseTo(0.1, 1)
})

test('rent across midnight goes to each day its part', async () => {
  await db.pool.query(
    `select private.book_rent(24, date_trunc('day', now(), 'UTC') - interval '1 hour', date_trunc('day', now(), 'UTC') + interval '2 hours')`,
  )
  expect(await rows(db, 'select usd_micros::int from spend_days order by day')).toEqual([
    { usd_micros: 24_000_000 },
    { usd_micros: 48_000_000 },
  ])
})

test('its key makes the worker the box’s; the first session is its cold start; what is coming is expected', async () => {
  await setSettings(db, { capacity_cold_ms: 90_000 })
  const starting = (trust = 'community', name = template) =>
    db.pool
      .query(`select private.starting_ms($1, $2::worker_trust) as ms`, [name, trust])
      .then(({ rows: [row] }) => row.ms)
  expect(await starting()).toBeNull()
  const { id, keyHash } = await ask()
  await answer(id, 'pod-2')
  await age(id, '40 s')
  expect(await starting()).toBeLessThanOrEqual(50_000)
  expect(await starting()).toBeGreaterThan(20_000)
  expect([await starting('own'), await starting('community', 'style/sdxl')]).toEqual([null, null])

  const worker = await openSession(keyHash)
  expect(await starting()).toBeNull()
  expect(await boxOf(id)).toMatchObject({ state: 'up' })
  expect(await rows(db, 'select box_id, usd_per_hour::float from workers where id = $1', [worker])).toEqual([
    { box_id: id, usd_per_hour: 36 },
  ])
  const { rows: cold } = await db.pool.query(`select private.cold_start_ms('pods', 0.9) as ms`)
  expect(cold[0].ms).toBeGreaterThan(39_000)
  expect(cold[0].ms).toBeLessThan(70_000)
})

test('a template can be started when a server offered it lately, boxes are allowed, and trust is enough', async () => {
  await take(randomUUID())
  const may = async (name: string, trust: string) =>
    (await db.pool.query('select private.may_start($1, $2::worker_trust) as may', [name, trust])).rows[0].may as boolean
  expect([await may(template, 'datacenter'), await may(template, 'own'), await may('x/y', 'community')]).toEqual([
    true,
    false,
    false,
  ])
  await setSettings(db, { capacity_max: 0 })
  expect(await may(template, 'community')).toBe(false)
  await setSettings(db, { capacity_max: 2 })
})

test('drained first: it finishes its job, is given no other, and once gone its key opens nothing', async () => {
  const { id, holder, keyHash } = await ask()
  await answer(id, 'pod-3')
  const { variant, press: pressOwn } = await makeScene(db)
  const worker = await openSession(keyHash, [`remix/${variant}`])
  await pressOwn({ count: 2 })
  const job = await claimOne(db, worker)
  const busy = (await take(holder)) as { boxes: Row[]; demand: Row[] }
  await call(db, 'drain_box', [holder, id, 'idle'])
  const none = await claim(db, worker)
  await complete(db, worker, job.id, job.epoch)
  const after = (await take(holder)) as { boxes: Row[] }
  await call(db, 'end_box', [id, 'idle'])

  expect(busy.boxes).toMatchObject([{ id, state: 'up', running: 1, remote_id: 'pod-3', unfit: false }])
  expect(busy.demand).toMatchObject([{ template: `remix/${variant}`, trust: 'community', jobs: 1, work_ms: 15_000 }])
  expect(none).toBeNull()
  expect(after.boxes).toMatchObject([{ state: 'draining', running: 0 }])
  expect((await refusal(call(db, 'check_worker', [worker]))).code).toBe('WORKER_REVOKED')
  expect((await refusal(openSession(keyHash))).code).toBe('WORKER_REVOKED')
})

test('a pool that surely gave no box is no reason to wait before another is asked', async () => {
  const { id, holder } = await ask()
  expect(Number((await take(holder))?.['last_asked_at'])).toBeGreaterThan(Date.now() - 60_000)
  await db.pool.query('delete from boxes where id <> $1 and key_id not in (select key_id from workers)', [id])
  await db.pool.query(`update boxes set asked_at = asked_at - interval '1 day' where id <> $1`, [id])
  await call(db, 'end_box', [id, 'no_room'])
  expect(Number((await take(holder))?.['last_asked_at'])).toBeLessThan(Date.now() - 3_600_000)
})

test('an answer that comes after the box was given up says so, and books nothing', async () => {
  const { id } = await ask()
  await call(db, 'end_box', [id, 'lost'])
  expect(await answer(id, 'pod-4')).toBe('gone')
  expect(await spentUsd()).toBe(0)
  expect((await refusal(answer(randomUUID(), 'pod-5'))).code).toBe('NOT_FOUND')
})

test('paused dispatch and a spent day ask for nothing; a day that is spent halts', async () => {
  const { press: pressOwn } = await makeScene(db)
  await pressOwn()
  const holder = randomUUID()
  const look = async () => (await take(holder)) as { demand: Row[]; halted: boolean; left_usd: number | null }
  expect(await look()).toMatchObject({ halted: false, left_usd: null })
  await setSettings(db, { dispatch_paused: true })
  expect((await look()).demand).toEqual([])
  await setSettings(db, { dispatch_paused: false, daily_cap_usd: 10 })
  await db.pool.query('select private.book_spend(private.utc_day(), 4000000)')
  expect(await look()).toMatchObject({ halted: false, left_usd: 6 })
  await db.pool.query('select private.book_spend(private.utc_day(), 6000000)')
  expect(await look()).toMatchObject({ halted: true, demand: [], left_usd: 0 })
})

test('a pool that a person must mend opens one alert, which closes when it gives boxes again', async () => {
  await take(randomUUID())
  const alerts = () => rows(db, `select closed_at is null as open from alerts where kind = 'capacity'`)
  await call(db, 'cool_pool', ['pods', 600, 'HTTP 401', true])
  await call(db, 'cool_pool', ['pods', 600, 'HTTP 401', true])
  expect(await alerts()).toEqual([{ open: true }])
  await call(db, 'mend_pool', ['pods'])
  expect(await alerts()).toEqual([{ open: false }])
})

test('an instance that outlived its box is the next box’s, with its price, and takes jobs again', async () => {
  const first = await ask()
  await answer(first.id, 'pod-6')
  const instance = await openSession(first.keyHash)
  await call(db, 'end_box', [first.id, 'idle'])
  const second = await ask(first.holder, 18)
  await answer(second.id, 'pod-7')
  await call(db, 'worker_session', [second.keyHash, instance, JSON.stringify(capabilitiesOf([template]))])

  expect(await boxOf(second.id)).toMatchObject({ state: 'up' })
  expect(await rows(db, 'select box_id, draining, usd_per_hour::float from workers where id = $1', [instance])).toEqual(
    [{ box_id: second.id, draining: false, usd_per_hour: 18 }],
  )
})

test('a box in quarantine is replaced, a worker in quarantine helps nobody, and a pool says what its newest box lacks', async () => {
  const { id, holder, keyHash } = await ask()
  await answer(id, 'pod-8')
  const instance = randomUUID()
  const capabilities = { ...capabilitiesOf([]), unavailable: { [template]: 'the card is too small' } }
  await call(db, 'worker_session', [keyHash, instance, JSON.stringify(capabilities)])
  const own = await makeWorker(db, { templates: ['remix/own'] })
  const look = async () => (await take(holder)) as { boxes: Row[]; pools: Row[]; others: Row[] }
  const before = await look()
  await db.pool.query('update workers set quarantined_at = now() where id = any ($1)', [[instance, own.id]])
  const after = await look()

  expect(before.pools).toMatchObject([{ name: 'pods', lacks: [template] }])
  expect([before.boxes, after.boxes]).toMatchObject([[{ unfit: false }], [{ unfit: true }]])
  expect([before.others.length, after.others.length]).toEqual([1, 0])
})

test('boxes whose provider no server speaks to any more are booked on, and one alert says which, until somebody does', async () => {
  const first = await ask()
  await answer(first.id, 'pod-9')
  const tick = () => call<Row>(db, 'saving_tick', [])
  const alerts = () =>
    rows(
      db,
      `select closed_at is null as open, detail from alerts where kind = 'rented' and subject = 'pods' order by id`,
    )
  const watched = await tick()
  await db.pool.query(`update capacity_pools set seen_at = now() - interval '6 min'`)
  await age(first.id, '100 s')
  const alone = [await tick(), await tick()]
  const told = await alerts()
  const paid = await spentUsd()
  await take(first.holder)
  const again = await tick()
  await db.pool.query(`update capacity_pools set seen_at = now() - interval '6 min'`)
  await tick()
  await call(db, 'end_box', [first.id, 'by_hand'])
  await tick()

  expect([watched, ...alone, again].map((one) => one['unwatched'])).toEqual([0, 1, 1, 0])
  expect(told).toEqual([
    {
      open: true,
      detail: { boxes: 1, provider: 'runpod-pods', usd_per_hour: 36, which: [{ name: first.name, remote: 'pod-9' }] },
    },
  ])
  expect(paid).toBeCloseTo(1, 1)
  expect((await alerts()).map(({ open }) => open)).toEqual([false, false])
  expect((await refusal(openSession(first.keyHash))).code).toBe('WORKER_REVOKED')
})

test('what an image costs: the price at a provider, and on our boxes its part of the rent with the idle time', async () => {
  const { press: pressOwn } = await makeScene(db)
  const [job] = await pressOwn()
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    await client.query('delete from job_attempts')
    await client.query(
      `insert into job_attempts (job_id, epoch, worker_id, template, outcome, claimed_at, ended_at, cost_usd_micros)
       select $1, n, gen_random_uuid(), m || '/x', o::attempt_outcome, now() - interval '10 s', now(), c
       from (values (11, 'remix', 'succeeded', 3000), (12, 'remix', 'failed', 1000), (13, 'style', 'succeeded', 4000),
         (14, 'remix', 'succeeded', 25000)) v (n, m, o, c)`,
      [job],
    )
    await client.query(`update job_attempts set backend = 'replicate' where epoch = 14`)
    await client.query('select private.book_spend(private.utc_day(), 16000 + 25000)')
    const { rows: costs } = await client.query(
      'select mode, backend, images, attempts, usd::float, idle_usd::float from image_costs()',
    )

    expect(costs).toEqual([
      { mode: 'remix', backend: 'comfy', images: 1, attempts: 2, usd: 0.008, idle_usd: 0.004 },
      { mode: 'remix', backend: 'replicate', images: 1, attempts: 1, usd: 0.025, idle_usd: 0 },
      { mode: 'style', backend: 'comfy', images: 1, attempts: 1, usd: 0.008, idle_usd: 0.004 },
    ])
  } finally {
    await client.query('rollback')
    client.release()
  }
})
