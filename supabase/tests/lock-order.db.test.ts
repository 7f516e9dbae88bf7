import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { call, claimOne, complete, jobOf, makeWorker, refusal, rows, setSettings } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'
import { holdRows, untilWaiting } from './locks.ts'
import { calm, makeProvider, pressed } from './provider-scene.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

test('consent is withdrawn while a provider hands in another image of the same person', async () => {
  await setSettings(db, calm)
  const provider = await makeProvider(db, 'locks', { parallel: 2 })
  const { artist, jobs } = await pressed(db, 'locks', { waitedS: 600, count: 2 })
  const claims = [await claimOne(db, provider), await claimOne(db, provider)]
  const [first, second] = claims.toSorted((a, b) => a.id.localeCompare(b.id))
  if (first === undefined || second === undefined) throw new Error('two claims were made')
  const letGo = await holdRows(db, 'select from job_attempts where job_id = $1', [second.id])

  const end = complete(db, provider, second.id, second.epoch)
  await untilWaiting(db, 1)
  const withdrawal = call(db, 'set_refuse_provider', [artist.id, true])
  await untilWaiting(db, 2)
  await letGo()

  expect(await Promise.all([end, withdrawal])).toEqual([{ status: 'succeeded' }, 0])
  expect(await jobOf(db, first.id)).toMatchObject({ status: 'queued', worker_id: null, attempts: 0 })
  expect(jobs).toContain(first.id)
  await expectInvariants(db)
})

test('rent of unwatched boxes is booked while another server books all of them', async () => {
  const ids = [randomUUID(), randomUUID()].toSorted()
  for (const [index, id] of ids.entries()) {
    const { keyId } = await makeWorker(db)
    await db.pool.query(
      `insert into boxes (id, pool, provider, name, key_id, templates, trust, usd_per_hour, state, asked_at, booked_until)
       values ($1::uuid, 'old', 'runpod-pods', $1::uuid::text, $2, '{}', 'datacenter', 36, 'up',
         now() - $3 * interval '1 min', now() - interval '1 min')`,
      [id, keyId, 10 + index],
    )
  }
  await db.pool.query(`insert into spend_days (day, usd_micros) values (private.utc_day(), 0)`)
  const letGo = await holdRows(db, 'select from spend_days', [])

  const watch = call(db, 'saving_tick', [])
  await untilWaiting(db, 1)
  const book = call(db, 'take_capacity', [randomUUID(), '[]', 60])
  await untilWaiting(db, 2)
  await letGo()

  await Promise.all([watch, book])
  const [spent] = await rows(db, 'select sum(usd_micros)::int as micros from spend_days')
  expect(spent?.['micros']).toBeGreaterThanOrEqual(1_200_000)
})

test('a box that comes back while it is given up waits for its key after nobody', async () => {
  const { id, keyId } = await makeWorker(db)
  const box = randomUUID()
  await db.pool.query(
    `insert into boxes (id, pool, provider, name, key_id, templates, trust, usd_per_hour, state)
     values ($1::uuid, 'old', 'runpod-pods', $1::uuid::text, $2, '{}', 'datacenter', 0, 'up')`,
    [box, keyId],
  )
  await db.pool.query('update workers set box_id = $2 where id = $1', [id, box])
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    await client.query('select from workers where id = $1 for update', [id])
    const end = call(db, 'end_box', [box, 'silent'])
    await untilWaiting(db, 1)
    await client.query('select private.admit_box($1, $2, false), private.watch_key($1)', [keyId, id])
    await client.query('commit')
    await end
  } finally {
    client.release()
  }
  expect(await rows(db, 'select state from boxes where id = $1', [box])).toEqual([{ state: 'gone' }])
})

test('a refusal that comes while the account is taken over is not lost between the two', async () => {
  const [guest, artist] = [await db.createUser({ anonymous: true }), await db.createUser()]
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    await client.query('select public.merge_accounts($1, $2)', [guest, artist])
    const word = refusal(call(db, 'set_refuse_provider', [guest, true]))
    await untilWaiting(db, 1)
    await client.query('commit')
    expect((await word).code).toBe('UNAUTHENTICATED')
  } finally {
    client.release()
  }
})
