import { randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { age, call, makeArtist, makeScene, makeWorker, sweep } from './fixtures.ts'

type Actor = (fn: (client: PoolClient) => Promise<boolean>) => Promise<boolean>

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

/** As Realtime asks: is a row of that topic visible to the caller? */
async function mayJoin(actor: Actor, topic: string, extension = 'broadcast'): Promise<boolean> {
  const id = randomUUID()
  await db.pool.query('insert into realtime.messages (id, topic, extension, private) values ($1, $2, $3, true)', [
    id,
    topic,
    extension,
  ])
  return actor(async (client) => {
    await client.query(`select set_config('realtime.topic', $1, true)`, [topic])
    const seen = await client.query('select 1 from realtime.messages where id = $1', [id])
    return seen.rows.length === 1
  })
}

/** As Realtime asks: may the caller insert a row of that topic? */
async function maySend(actor: Actor, topic: string): Promise<boolean> {
  return actor(async (client) => {
    await client.query(`select set_config('realtime.topic', $1, true)`, [topic])
    await client.query('insert into realtime.messages (topic, extension, private) values ($1, $2, true)', [
      topic,
      'broadcast',
    ])
    return true
  }).catch((error: unknown) => {
    expect(error).toMatchObject({ code: '42501' })
    return false
  })
}

const user =
  (id: string, claims = {}): Actor =>
  (fn) =>
    db.asUser(id, claims, fn)
const worker =
  (id: string): Actor =>
  (fn) =>
    db.asWorker(id, fn)
const anon: Actor = (fn) => db.asAnon(fn)

test('E01, E02 a user joins the own channel and no other', async () => {
  const [me, other] = [await makeArtist(db), await makeArtist(db, { anonymous: true })]
  const box = await makeWorker(db)

  expect(await mayJoin(user(me.id), `user:${me.id}`)).toBe(true)
  expect(await mayJoin(user(other.id, { is_anonymous: true }), `user:${other.id}`)).toBe(true)
  expect(await mayJoin(user(other.id), `user:${me.id}`)).toBe(false)
  expect(await mayJoin(anon, `user:${me.id}`)).toBe(false)
  expect(await mayJoin(worker(box.id), `user:${me.id}`)).toBe(false)
  expect(await mayJoin(worker(box.id), `user:${box.id}`)).toBe(false)
  expect(await mayJoin(user(me.id), 'user:')).toBe(false)
})

test('nobody sends on the channel of a user, not even that user', async () => {
  const me = await makeArtist(db)
  const box = await makeWorker(db)

  for (const actor of [user(me.id), anon, worker(box.id)]) expect(await maySend(actor, `user:${me.id}`)).toBe(false)
})

test('E04 the owner joins the channel of an attempt; only the worker that holds it sends', async () => {
  const scene = await makeScene(db)
  const { id, epoch } = await scene.start()
  const topic = `job:${id}:${epoch}`
  const other = await makeWorker(db)
  const stranger = await makeArtist(db)

  expect(await mayJoin(user(scene.artist.id), topic)).toBe(true)
  expect(await mayJoin(user(stranger.id), topic)).toBe(false)
  expect(await mayJoin(worker(scene.worker), topic)).toBe(true)
  expect(await mayJoin(worker(other.id), topic)).toBe(false)
  expect(await maySend(worker(scene.worker), topic)).toBe(true)
  expect(await maySend(worker(other.id), topic)).toBe(false)
  expect(await maySend(user(scene.artist.id), topic)).toBe(false)
  expect(await maySend(anon, topic)).toBe(false)
})

test('E04 a worker that lost the job cannot send under the next epoch, nor under its own once that has passed', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()
  await age(db, id, ['lease_until'], '1 min')
  await sweep(db)
  const next = await makeWorker(db, { templates: [`remix/${scene.variant}`] })
  await call(db, 'claim_job', [next.id, []])

  expect(await maySend(worker(scene.worker), `job:${id}:1`)).toBe(false)
  expect(await maySend(worker(scene.worker), `job:${id}:2`)).toBe(false)
  expect(await maySend(worker(next.id), `job:${id}:2`)).toBe(true)
})

test('E07 frames end with the job and with the worker’s key', async () => {
  const scene = await makeScene(db)
  const canceled = await scene.start()
  await call(db, 'cancel_job', [scene.artist.id, canceled.id])
  const running = await scene.start()
  await db.pool.query('update workers set revoked_at = now() where id = $1', [scene.worker])

  expect(await maySend(worker(scene.worker), `job:${canceled.id}:1`)).toBe(false)
  expect(await maySend(worker(scene.worker), `job:${running.id}:1`)).toBe(false)
})

test('E07 only live workers hear the doorbell and none can ring it', async () => {
  const [box, revoked] = [await makeWorker(db), await makeWorker(db)]
  await call(db, 'revoke_worker_key', [revoked.keyId])
  const me = await makeArtist(db)

  expect(await mayJoin(worker(box.id), 'workers')).toBe(true)
  expect(await mayJoin(worker(revoked.id), 'workers')).toBe(false)
  expect(await mayJoin(worker(randomUUID()), 'workers')).toBe(false)
  expect(await mayJoin(user(me.id), 'workers')).toBe(false)
  expect(await maySend(worker(box.id), 'workers')).toBe(false)
})

test('only an operator joins ops, and what a user writes about themselves changes nothing', async () => {
  const me = await makeArtist(db)

  expect(await mayJoin(user(me.id, { app_metadata: { role: 'operator' } }), 'ops')).toBe(true)
  expect(await mayJoin(user(me.id, { user_metadata: { role: 'operator' } }), 'ops')).toBe(false)
  expect(await mayJoin(user(me.id), 'ops')).toBe(false)
})

test('topics that only look like ours are closed', async () => {
  const scene = await makeScene(db)
  const { id } = await scene.start()
  const me = user(scene.artist.id)

  for (const topic of [
    '',
    'job:',
    `job:${id}`,
    `job:${id}:0`,
    `job:${id}:1:2`,
    `job:${id}:99999999999`,
    `xjob:${id}:1`,
  ]) {
    expect(await mayJoin(me, topic)).toBe(false)
  }
  expect(await mayJoin(me, `user:${scene.artist.id}`, 'presence')).toBe(false)
})
