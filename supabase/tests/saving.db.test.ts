import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  type Row,
  call,
  claim,
  claimOne,
  makeArtist,
  makeScene,
  press,
  refusal,
  report,
  rows,
  setSettings,
} from './fixtures.ts'
import { expectInvariants } from './invariants.ts'
import { makeProvider, pressed, price } from './provider-scene.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(async () => {
  await expectInvariants(db)
  await setSettings(db, {
    daily_cap_usd: null,
    saving_hold: null,
    saving_auto: true,
    saving_step: 'none',
    saving_day: null,
  })
  await db.pool.query('delete from spend_days')
  await db.pool.query('delete from alerts')
  await db.pool.query(`update boxes set state = 'gone', gone_at = now() where state <> 'gone'`)
})

const spend = (usd: number) => db.pool.query('select private.book_spend(private.utc_day(), $1)', [usd * 1_000_000])
const tick = () => call<Row>(db, 'saving_tick', [])
const step = async () => (await db.pool.query('select private.saving_step() as step')).rows[0].step as string
const told = () => rows(db, `select subject, closed_at is null as open from alerts where kind = 'saving' order by id`)
const calm = () => db.pool.query(`update settings set saving_since = now() - interval '1 hour'`)

/** A rented box so dear that any part of a day passes any cap, or none at all. */
async function rentBox(): Promise<void> {
  const { rows: keys } = await db.pool.query(
    `insert into worker_keys (name, key_hash, pool, trust) values ('t', gen_random_uuid(), 'pods', 'datacenter') returning id`,
  )
  await db.pool.query(
    `insert into boxes (id, pool, provider, name, key_id, templates, trust, usd_per_hour)
     values ($1, 'pods', 'runpod-pods', $2, $3, '{}', 'datacenter', 9999)`,
    [randomUUID(), randomUUID(), keys[0].id],
  )
}
const endBoxes = () => db.pool.query(`update boxes set state = 'gone', gone_at = now() where state <> 'gone'`)

test('without a cap nothing happens, whatever is spent', async () => {
  await rentBox()
  await spend(5_000)
  expect(await tick()).toMatchObject({ step: 'none', before: 'none' })
  expect([await step(), await told()]).toEqual(['none', []])
})

test('each step comes in its order as the money goes, is announced once, and tells what it saw', async () => {
  await setSettings(db, { daily_cap_usd: 100 })
  await rentBox()
  const seen: string[] = []
  for (const more of [40, 11, 10, 15, 10, 11.5]) {
    await spend(more)
    await tick()
    await tick()
    seen.push(await step())
  }
  expect(seen).toEqual(['none', 'frames', 'free_size', 'free_paused', 'fallback_off', 'boxes_drained'])
  const alerts = await told()
  expect(alerts.map(({ subject }) => String(subject).slice(11))).toEqual(seen.slice(1))
  expect(alerts.filter(({ open }) => open)).toHaveLength(1)
  const [last] = await rows(
    db,
    `select actor, subject, detail from audit_log where action = 'save_money' order by id desc limit 1`,
  )
  expect(last).toMatchObject({
    actor: 'autopilot',
    subject: 'boxes_drained',
    detail: { before: 'fallback_off', cap_usd: 100, spent_usd: 97.5, usd_per_hour: 9999 },
  })
})

test('nothing is saved while the day will do, however much is spent', async () => {
  await setSettings(db, { daily_cap_usd: 100 })
  await spend(79)
  expect(await tick()).toMatchObject({ step: 'none', projected_usd: 79 })
})

test('steps are undone one at a time, only with room to spare and some time after the last', async () => {
  await setSettings(db, { daily_cap_usd: 100 })
  await rentBox()
  await spend(76)
  await tick()
  await endBoxes()
  await tick()
  const soon = await step()
  await calm()
  await tick()
  await tick()
  const once = await step()
  await calm()
  await spend(10)
  await tick()
  const near = await step()

  expect([soon, once, near]).toEqual(['free_paused', 'free_size', 'free_size'])
})

test('midnight ends it, at once in effect and with the next tick in words', async () => {
  await setSettings(db, { daily_cap_usd: 100 })
  await rentBox()
  await spend(80)
  await tick()
  await db.pool.query('update settings set saving_day = saving_day - 1')
  await db.pool.query('update spend_days set day = day - 1')
  expect(await step()).toBe('none')
  await tick()
  expect((await told()).at(-1)).toMatchObject({ open: false, subject: expect.stringMatching(/ none$/) })
})

test('the operator holds a step or turns the autopilot off', async () => {
  const change = (changes: Row) => call(db, 'change_settings', ['ada', changes])
  await setSettings(db, { daily_cap_usd: 100 })
  await rentBox()
  await spend(80)
  await tick()
  await change({ saving_hold: 'none' })
  const held = await step()
  await change({ saving_hold: 'fallback_off' })
  const harder = await step()
  await change({ saving_hold: null, saving_auto: false })
  const off = await step()
  expect([held, harder, off]).toEqual(['none', 'fallback_off', 'none'])
  expect((await refusal(change({ saving_step: 'frames' }))).code).toBe('INVALID_INPUT')
})

test('frames: workers are told to send half as many', async () => {
  const scene = await makeScene(db)
  const job = await scene.start()
  const busy = async () => (await report(db, scene.worker, { job: job.id, epoch: job.epoch })).busy
  expect(await busy()).toBe(false)
  await setSettings(db, { saving_hold: 'frames' })
  expect(await busy()).toBe(true)
})

test('free_paused: free presses are refused and free jobs wait; credits go on', async () => {
  const scene = await makeScene(db)
  const guest = await makeArtist(db, { anonymous: true })
  await press(db, { artist: guest, purse: 'free', variant: scene.variant })
  await setSettings(db, { saving_hold: 'free_paused' })
  expect((await refusal(press(db, { artist: guest, purse: 'free', variant: scene.variant }))).code).toBe('FREE_PAUSED')
  expect(await claim(db, scene.worker)).toBeNull()
  const [paid] = await scene.press()
  expect((await claim(db, scene.worker))?.id).toBe(paid)
})

test('boxes_drained: nothing is taken or dispatched, as when the cap is spent', async () => {
  const scene = await makeScene(db)
  await scene.press()
  await setSettings(db, { saving_hold: 'boxes_drained' })
  expect(await claim(db, scene.worker)).toBeNull()
  expect((await refusal(scene.press())).code).toBe('SPEND_CAP_REACHED')
  const state = await call<Row>(db, 'take_capacity', [randomUUID(), '[]', 60])
  expect(state).toMatchObject({ halted: true, demand: [] })
})

/** Lets the database believe that midnight UTC is so far away; given back at the end of the test. */
async function midnightIn(span: string): Promise<void> {
  const body = (sql: string) =>
    `create or replace function private.next_utc_day() returns timestamptz language sql stable set search_path = '' as $$ ${sql} $$`
  const [before] = await rows(db, `select pg_get_functiondef('private.next_utc_day()'::regprocedure) as sql`)
  onTestFinished(async () => void (await db.pool.query(String(before?.['sql']))))
  await db.pool.query(body(`select clock_timestamp() + interval '${span}'`))
}

test('a day that is spent in minutes passes every step on the way, each with its line, and one alert for where it ends', async () => {
  await setSettings(db, { daily_cap_usd: 100 })
  const [last] = await rows(db, 'select coalesce(max(id), 0)::int as id from audit_log')
  await midnightIn('20 hours')
  await rentBox()
  await spend(88)
  await tick()
  await spend(11)
  await tick()

  const lines = await rows(
    db,
    `select subject, detail ->> 'step' as step from audit_log where actor = 'autopilot' and id > $1 order by id`,
    [last?.['id']],
  )
  expect(lines.map(({ subject, step }) => [subject, step])).toEqual(
    ['frames', 'free_size', 'free_paused', 'fallback_off', 'boxes_drained'].map((name) => [name, name]),
  )
  expect((await told()).map(({ subject, open }) => [String(subject).slice(11), open])).toEqual([
    ['fallback_off', false],
    ['boxes_drained', true],
  ])
})

test('at 23:59 UTC what will still be spent is a minute of rent: nothing is saved for it, and what is saved stays', async () => {
  await setSettings(db, { daily_cap_usd: 1_000 })
  await midnightIn('1 minute')
  await rentBox()
  await spend(800)
  const calmEvening = await tick()
  await spend(60)
  const rush = await tick()
  await endBoxes()
  await calm()
  const after = await tick()

  // 9,999 dollars an hour are 167 in the minute that is left.
  expect(calmEvening).toMatchObject({ step: 'none', projected_usd: expect.closeTo(966.6, 0) })
  expect(rush).toMatchObject({ step: 'fallback_off', before: 'none', projected_usd: expect.closeTo(1_026.6, 0) })
  // Spent alone is within the slack of the cap, so no step is taken back.
  expect(after).toMatchObject({ step: 'fallback_off', projected_usd: 860 })
})

test('what a projection wavers around moves no step back and forth', async () => {
  await setSettings(db, { daily_cap_usd: 1_000 })
  await midnightIn('1 minute')
  await spend(860)
  const seen: string[] = []
  for (let turn = 0; turn < 4; turn += 1) {
    await rentBox()
    await tick()
    seen.push(await step())
    await endBoxes()
    await calm()
    await tick()
    seen.push(await step())
  }
  expect(new Set(seen)).toEqual(new Set(['fallback_off']))
})

test('idle boxes and what runs at a provider are in the projection, and what runs there is as good as spent', async () => {
  await setSettings(db, { daily_cap_usd: 100 })
  await midnightIn('1 hour')
  await rentBox()
  const idle = await tick()
  await endBoxes()
  await setSettings(db, { provider_fallback: true, fallback_always: true })
  const variant = `f${randomUUID().slice(0, 8)}`
  const provider = await makeProvider(db, variant)
  await pressed(db, variant, { waitedS: 0 })
  await claimOne(db, provider)
  const away = await tick()
  await setSettings(db, { provider_fallback: false, fallback_always: false })

  expect(idle).toMatchObject({ usd_per_hour: 9_999, projected_usd: expect.closeTo(9_999, 0) })
  expect(away).toMatchObject({ spent_usd: 0, open_usd: Math.round(price / 10_000) / 100 })
})
