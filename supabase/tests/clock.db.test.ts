import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  call,
  claim,
  claimOne,
  complete,
  jobOf,
  makeArtist,
  makeWorker,
  press,
  report,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
let variant = ''
let box = ''
beforeAll(async () => {
  db = await cloneDatabase()
})
beforeEach(async () => {
  variant = `v${randomUUID().slice(0, 8)}`
  box = (await makeWorker(db, { templates: [`remix/${variant}`] })).id
})
afterEach(() => expectInvariants(db))
afterAll(() => db[Symbol.asyncDispose]())

async function pressOne(): Promise<string> {
  const artist = await makeArtist(db, { credits: 4, free: false })
  return (await press(db, { artist, variant })).jobs[0] ?? ''
}

/** Every stamp that somebody measures a time from, moved: the clock was set the other way. */
async function setClock(by: string): Promise<void> {
  const tables = ['jobs', 'job_attempts', 'workers', 'queue_lanes', 'alerts', 'eta_promises', 'boxes', 'capacity_pools']
  const states = ['sweep_state', 'doorbell', 'fallback_look', 'audit_state', 'capacity_lease', 'lane_needs']
  const columns = await rows<{ name: string; sets: string }>(
    db,
    `select format('%I.%I', table_schema, table_name) as name,
       string_agg(format('%1$I = %1$I - $1::interval', column_name), ', ') as sets
     from information_schema.columns
     where data_type = 'timestamp with time zone'
       and (table_schema = 'public' and table_name = any ($1) or table_schema = 'private' and table_name = any ($2))
     group by 1`,
    [tables, states],
  )
  expect(columns).toHaveLength(tables.length + states.length)
  for (const { name, sets } of columns) await db.pool.query(`update ${name} set ${sets}`, [by])
}

/** The server's tick comes a moment after. */
const tick = () => call<Record<string, unknown>>(db, 'sweep', [])

const place = async (job: string) => (await call<Record<string, unknown>[]>(db, 'queue_positions', [[job]]))[0]

test('B: set forward by an hour, nobody loses an attempt: each lease and each time-out begins again', async () => {
  const job = await pressOne()
  await claimOne(db, box)
  await report(db, box, { job, epoch: 1, step: 5 })
  await sweep(db)
  await setClock('1 hour')

  expect(await tick()).toMatchObject({ extended: 1, requeued: 0, failed: 0 })
  await db.pool.query(`update private.sweep_state set swept_at = now() - interval '5 s'`)
  expect(await tick()).toMatchObject({ requeued: 0, failed: 0 })
  expect(await report(db, box, { job, epoch: 1, step: 6 })).toMatchObject({ over: false })
  expect(await complete(db, box, job, 1)).toEqual({ status: 'succeeded' })
})

test('B: set back by an hour, reports count again at the next tick and a dead box is lost in its lease, not in an hour', async () => {
  const [job, other] = [await pressOne(), await pressOne()]
  const dead = (await makeWorker(db, { templates: [`remix/${variant}`] })).id
  expect((await claimOne(db, box)).id).toBe(job)
  expect((await claimOne(db, dead)).id).toBe(other)
  await report(db, box, { job, epoch: 1, step: 5 })
  await sweep(db)
  await setClock('-1 hour')

  expect(await tick()).toMatchObject({ extended: 2 })
  await db.pool.query(`update jobs set shown_at = now() - interval '1 s', reported_at = now() - interval '1 s'`)
  await report(db, box, { job, epoch: 1, step: 9 })
  expect(await jobOf(db, job)).toMatchObject({ step: 9, epoch: 1 })
  const [late] = await rows<{ s: number }>(
    db,
    `select extract(epoch from lease_until - now())::int as s from jobs where id = $1`,
    [other],
  )
  expect(late?.s).toBeLessThanOrEqual(30)
  await complete(db, box, job, 1)
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1`, [other])
  await sweep(db)
  expect((await claimOne(db, box)).id).toBe(other)
})

test('B: set back by an hour, no box that died is waited for, nobody is held back, the bell rings, promises are made', async () => {
  const held = (await makeWorker(db, { templates: [`remix/${variant}`] })).id
  await db.pool.query(`update workers set hold_until = now() + interval '20 s' where id = $1`, [held])
  await sweep(db)
  await setClock('-1 hour')
  await tick()
  const [stamps] = await rows(
    db,
    `select (select bool_and(w.active_at <= now() and w.last_seen <= now() and w.hold_until <= now() + interval '1 min')
       from workers w) as boxes, (select bool_and(l.last_served_at <= now()) from queue_lanes l) as lanes,
       (select rung_at <= now() from private.doorbell) as bell, (select until <= now() + interval '10 min' from private.capacity_lease) as lease`,
  )
  expect(stamps).toEqual({ boxes: true, lanes: true, bell: true, lease: true })

  await db.pool.query(`update workers set active_at = active_at - interval '46 s'`)
  const job = await pressOne()
  expect(await place(job)).toMatchObject({ workers_online: 0, waits_for: 'no_worker' })
  expect((await claim(db, held))?.id).toBe(job)
})

test('B: set back by an hour, no pool of boxes rests for it', async () => {
  await db.pool.query(`insert into capacity_pools (name, provider, templates, trust, usd_per_hour, cool_until)
    values ('set-back', 'runpod-pods', '{}', 'datacenter', 1, now() + interval '2 min')`)
  await sweep(db)
  await setClock('-1 hour')
  await tick()
  const rest = `select cool_until <= now() + interval '10 min' as bounded from capacity_pools where name = 'set-back'`
  expect(await rows(db, rest)).toEqual([{ bounded: true }])
})

test('B: set back, a cap of the day is neither missed nor met twice: what was booked stays with its day', async () => {
  await setSettings(db, { daily_cap_usd: 1 })
  await db.pool.query('select private.book_spend(private.utc_day(), 990000)')
  await sweep(db)
  await setClock('-1 hour')
  await tick()
  const job = await pressOne()
  expect(await claimOne(db, box)).toMatchObject({ id: job })
  await db.pool.query('select private.book_spend(private.utc_day(), 20000)')
  expect(await claim(db, box)).toBeNull()
  expect(await complete(db, box, job, 1)).toEqual({ status: 'succeeded' })
  await setSettings(db, { daily_cap_usd: null })
})
