import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  call,
  claim,
  claimOne,
  complete,
  jobOf,
  makeArtist,
  makeScene,
  makeWorker,
  outcomes,
  press,
  refusal,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(async () => {
  await expectInvariants(db)
  await setSettings(db, { daily_cap_usd: null, max_concurrent: null, dispatch_paused: false, intake_paused: false })
  await db.pool.query('delete from spend_days')
  await db.pool.query('delete from alerts')
})

const usd = 1_000_000
const spend = (micros: number) => db.pool.query('select private.book_spend(private.utc_day(), $1)', [micros])
const quote = (owner: string, price = 2) =>
  call<Record<string, never>>(db, 'quote', [owner, false, '[]', null, 1, price])
const told = () => rows(db, `select subject, detail from alerts where kind = 'spend' order by id`)

/** As if it were tomorrow: the day's sum stays with its day. */
const midnight = () => db.pool.query('update spend_days set day = day - 1')

test('D14 the daily cap is reached with 50 in flight: presses and claims stop, the 50 settle, and midnight opens it again', async () => {
  await setSettings(db, { daily_cap_usd: 1, worker_cap: 100 })
  const box = await makeWorker(db, { templates: ['remix/d14'] })
  const artists = await Promise.all(Array.from({ length: 7 }, () => makeArtist(db, { credits: 100, free: false })))
  for (const artist of artists) {
    await press(db, { artist, count: 4, variant: 'd14' })
    await press(db, { artist, count: 4, variant: 'd14' })
  }
  const running = await Promise.all(Array.from({ length: 50 }, () => claimOne(db, box.id)))

  // Its rent is what spends the money: two minutes at $33 an hour.
  await call(db, 'set_key_rate', [box.keyId, 33])
  await db.pool.query(`update workers set last_seen = now() - interval '2 min' where id = $1`, [box.id])
  await call(db, 'check_worker', [box.id])
  const [artist] = artists
  if (artist === undefined) throw new Error('no artist')
  const refused = await refusal(press(db, { artist, variant: 'd14' }))
  const none = await claim(db, box.id)
  const ends = await outcomes(running.map(({ id, epoch }) => complete(db, box.id, id, epoch)))
  await expectInvariants(db)
  await midnight()
  const next = await claim(db, box.id)
  const again = await press(db, { artist, variant: 'd14' })

  expect(refused.code).toBe('SPEND_CAP_REACHED')
  expect(refused.data['resets_at']).toMatch(/T00:00:00\+00:00$/)
  expect(none).toBeNull()
  expect([ends.done.length, ends.codes]).toEqual([50, []])
  expect(next).not.toBeNull()
  expect(again.jobs).toHaveLength(1)
})

test('D15 of 200 presses at once never more jobs run than max_concurrent allows', async () => {
  await setSettings(db, { max_concurrent: 12, worker_cap: 100 })
  const artists = await Promise.all(Array.from({ length: 20 }, () => makeArtist(db, { credits: 20, free: false })))
  const workers = await Promise.all(Array.from({ length: 4 }, () => makeWorker(db, { templates: ['remix/d15'] })))
  const [{ before } = { before: 0 }] = await rows<{ before: number }>(
    db,
    `select count(*)::int as before from jobs where status = 'running'`,
  )

  const pressed = await outcomes(
    artists.flatMap((artist) => Array.from({ length: 10 }, () => press(db, { artist, variant: 'd15' }))),
  )
  const claims = await outcomes(Array.from({ length: 60 }, (_, index) => claim(db, workers[index % 4]?.id ?? '')))

  expect([pressed.done.length, pressed.codes]).toEqual([200, []])
  expect(claims.done.filter((one) => one !== null)).toHaveLength(12 - before)
})

test('free images stop at 80 % of the cap, at the press and at the claim; credits go on', async () => {
  await setSettings(db, { daily_cap_usd: 10 })
  const worker = await makeWorker(db, { templates: ['remix/share'] })
  const guest = await makeArtist(db, { anonymous: true })
  const rich = await makeArtist(db, { credits: 10 })
  await press(db, { artist: guest, purse: 'free', variant: 'share' })
  await spend(7.99 * usd)
  const before = await quote(guest.id)
  await spend(0.01 * usd)
  const refused = await refusal(press(db, { artist: guest, purse: 'free', variant: 'share' }))
  const after = await quote(guest.id)
  const offered = await quote(rich.id)
  const unclaimed = await claim(db, worker.id)
  const [place] = await call<Record<string, unknown>[]>(db, 'queue_positions', [
    `{${(await rows<{ id: string }>(db, `select id from jobs where owner = $1`, [guest.id]))[0]?.id}}`,
  ])
  const paid = await press(db, { artist: rich, price: 2, variant: 'share' })
  const claimed = await claimOne(db, worker.id)
  await midnight()
  const resumed = await claimOne(db, worker.id)

  expect(before).toMatchObject({ purse: 'free', refusal: null, free: { left: 9 } })
  expect([refused.code, refused.data['left']]).toEqual(['FREE_PAUSED', 0])
  expect(after).toMatchObject({ purse: 'free', refusal: 'FREE_PAUSED', free: { left: 0 } })
  expect(offered).toMatchObject({ purse: 'credits', price: 2, refusal: null })
  expect(unclaimed).toBeNull()
  expect(place).toMatchObject({ cancel: 'returns', waits_for: 'midnight' })
  expect(claimed.id).toBe(paid.jobs[0])
  expect((await jobOf(db, resumed.id)).owner).toBe(guest.id)
})

test('each threshold is told of once a day, whoever spends at the same time, and the next day anew', async () => {
  await setSettings(db, { daily_cap_usd: 10 })
  await Promise.all(Array.from({ length: 20 }, () => spend(0.25 * usd)))
  expect(await told()).toMatchObject([{ detail: { percent: 50, spent_usd: 5, cap_usd: 10 } }])

  await spend(5.5 * usd)
  await spend(0.1 * usd)
  expect((await told()).map(({ detail }) => detail)).toMatchObject([{ percent: 50 }, { percent: 80 }, { percent: 100 }])

  await midnight()
  await db.pool.query(`update alerts set subject = (private.utc_day() - 1) || substr(subject, 11)`)
  await spend(5 * usd)
  expect(await told()).toHaveLength(4)
})

test('an alert is handed to one teller at a time, again later while nobody took it, and never once told', async () => {
  await setSettings(db, { daily_cap_usd: 10 })
  await spend(5 * usd)
  const takers = await Promise.all(Array.from({ length: 5 }, () => call<{ id: number } | null>(db, 'take_alert', [])))
  const taken = takers.filter((one) => one !== null)
  const later = (by: string) => db.pool.query(`update alerts set due_at = due_at - $1::interval`, [by])
  await later('29 s')
  const early = await call(db, 'take_alert', [])
  await later('2 s')
  const repeated = await call<{ id: number; tries: number }>(db, 'take_alert', [])
  await call(db, 'alert_told', [repeated.id])
  await later('2 hours')

  expect(taken).toHaveLength(1)
  expect(early).toBeNull()
  expect(repeated).toMatchObject({ id: taken[0]?.id, tries: 2 })
  expect(await call(db, 'take_alert', [])).toBeNull()
})

test('what a day cost closes with the day, and alerts of the day before yesterday are no news', async () => {
  await setSettings(db, { daily_cap_usd: 10 })
  await spend(5 * usd)
  await db.pool.query(
    `update alerts set subject = (private.utc_day() - 1) || ' 50', opened_at = now() - interval '49 h'`,
  )

  expect(await call(db, 'take_alert', [])).toBeNull()
  expect(await rows(db, 'select closed_at is not null as closed from alerts')).toEqual([{ closed: true }])
})

test('rent counts for idle boxes, to the second, each side of midnight to its own day; a long silence as two minutes', async () => {
  const { id, keyId } = await makeWorker(db, { templates: ['remix/rent'] })
  await call(db, 'set_key_rate', [keyId, 36])
  const seen = (ago: string) =>
    db.pool.query('update workers set last_seen = clock_timestamp() - $2::interval where id = $1', [id, ago])
  const spent = async () => Number((await rows(db, 'select sum(usd_micros) as sum from spend_days'))[0]?.['sum'] ?? 0)

  await seen('3 s')
  await claim(db, id)
  const tooSoon = await spent()
  await seen('30 s')
  await claim(db, id)
  const half = await spent()
  await seen('3 hours')
  await call(db, 'check_worker', [id])

  expect(tooSoon).toBe(0)
  expect(half / usd).toBeCloseTo(0.3, 2)
  expect((await spent()) / usd).toBeCloseTo(1.5, 1)
})

test('a box of a key with a rate is rated from its first call', async () => {
  const first = await makeWorker(db)
  await call(db, 'set_key_rate', [first.keyId, 0.44])
  const second = await makeWorker(db, { keyHash: first.keyHash })

  const rates = await rows(db, 'select usd_per_hour::float from workers where id = any($1)', [[first.id, second.id]])

  expect(rates).toEqual([{ usd_per_hour: 0.44 }, { usd_per_hour: 0.44 }])
  expect((await refusal(call(db, 'set_key_rate', [first.id, 1]))).code).toBe('NOT_FOUND')
})

test('intake and dispatch are paused apart; each change leaves who, when, from what and to what', async () => {
  const { artist, variant, worker, press: pressOwn } = await makeScene(db)
  const [queued] = await pressOwn()
  const change = (changes: Record<string, unknown>) => call(db, 'change_settings', ['ada', changes])

  await change({ dispatch_paused: true })
  const held = await claim(db, worker)
  const [place] = await call<Record<string, unknown>[]>(db, 'queue_positions', [`{${queued}}`])
  await pressOwn()
  await change({ dispatch_paused: false, intake_paused: true })
  const claimed = await claim(db, worker)
  const refused = await refusal(press(db, { artist, variant }))
  const now = await change({ intake_paused: false, daily_cap_usd: 12.5 })
  await change({ intake_paused: false })

  expect(held).toBeNull()
  expect(place).toMatchObject({ waits_for: 'operator' })
  expect(claimed?.id).toBe(queued)
  expect(refused.code).toBe('INTAKE_PAUSED')
  expect(now).toMatchObject({ intake_paused: false, daily_cap_usd: 12.5, max_concurrent: null, spent_usd: 0 })
  expect(await rows(db, `select actor, detail from audit_log where action = 'change_settings' order by id`)).toEqual([
    { actor: 'ada', detail: { dispatch_paused: [false, true] } },
    { actor: 'ada', detail: { dispatch_paused: [true, false], intake_paused: [false, true] } },
    { actor: 'ada', detail: { daily_cap_usd: [null, 12.5], intake_paused: [true, false] } },
  ])
  expect((await refusal(change({ licences: ['flux1-dev'] }))).code).toBe('INVALID_INPUT')
})

/** A provider's worker that offers one template. */
async function makeProvider(template: string) {
  const provider = await makeWorker(db, { templates: [template], trust: 'provider' })
  const offer = { provider: { name: 'replicate', offers: { [template]: { usdMicros: 3_000, sells: true } } } }
  await db.pool.query('update workers set capabilities = capabilities || $2 where id = $1', [provider.id, offer])
  return provider
}

test('D16 a provider takes over from a silent GPU; when that comes back one wins, one capture, and both costs are known', async () => {
  await setSettings(db, { provider_fallback: true, fallback_always: true })
  const scene = await makeScene(db)
  const provider = await makeProvider(`remix/${scene.variant}`)
  const gpu = await scene.start()
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1`, [gpu.id])
  await sweep(db)
  const bought = await claimOne(db, provider.id)
  const ends = await outcomes([
    complete(db, scene.worker, gpu.id, gpu.epoch),
    complete(db, provider.id, bought.id, bought.epoch),
  ])
  const cost = (micros: number) => call(db, 'book_provider_cost', [provider.id, bought.id, bought.epoch, micros])
  await cost(0.003 * usd)
  await cost(0.003 * usd)
  await cost(0.004 * usd)

  expect(bought.id).toBe(gpu.id)
  expect(ends).toMatchObject({ done: [{ status: 'succeeded' }], codes: ['EPOCH_STALE'] })
  expect(await rows(db, `select count(*)::int from ledger where job_id = $1 and kind = 'capture'`, [gpu.id])).toEqual([
    { count: 1 },
  ])
  expect(await rows(db, 'select usd_micros::int from spend_days')).toEqual([{ usd_micros: 4_000 }])
  expect(
    await rows(db, 'select cost_usd_micros::int from job_attempts where job_id = $1 order by epoch', [gpu.id]),
  ).toEqual([{ cost_usd_micros: null }, { cost_usd_micros: 4_000 }])
  expect((await refusal(call(db, 'book_provider_cost', [scene.worker, gpu.id, gpu.epoch, 1]))).code).toBe('FORBIDDEN')
  await setSettings(db, { provider_fallback: false, fallback_always: false })
})

test('D17 a provider that throttles, breaks or lets its output expire is tried again, and the last failure gives all back', async () => {
  await setSettings(db, { provider_fallback: true, fallback_always: true })
  const artist = await makeArtist(db, { credits: 5, free: false })
  const provider = await makeProvider('remix/d17')
  await press(db, { artist, price: 5, variant: 'd17', minTrust: 'provider' })
  const fail = async (code: string) => {
    const { id, epoch } = await claimOne(db, provider.id)
    const failed = () => call<{ status: string }>(db, 'fail_job', [provider.id, id, epoch, code, true, ''])
    const first = await failed()
    // The provider's word may come twice.
    expect(await failed()).toEqual(first)
    return { id, status: first.status }
  }
  const ends = [await fail('ENGINE_UNREACHABLE'), await fail('ENGINE_ERROR'), await fail('OUTPUT_EMPTY')]

  expect(ends.map(({ status }) => status)).toEqual(['queued', 'queued', 'failed'])
  expect(await jobOf(db, ends[0]?.id ?? '')).toMatchObject({ returned: 5, attempts: 3 })
  expect(await rows(db, 'select balance, held from accounts where owner = $1', [artist.id])).toEqual([
    { balance: 5, held: 0 },
  ])
  await setSettings(db, { provider_fallback: false, fallback_always: false })
})
