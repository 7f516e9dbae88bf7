import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { makeArtist, press, rows } from './fixtures.ts'
import type { Artist } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
let artists: Record<'free' | 'credits', Artist>
beforeAll(async () => {
  db = await cloneDatabase()
  artists = { free: await makeArtist(db), credits: await makeArtist(db, { credits: 10, free: false }) }
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

/** Everything that a press may write. */
const written = ['jobs', 'job_specs', 'ledger', 'accounts', 'queue_lanes', 'free_usage', 'free_holds']

async function everything(): Promise<unknown> {
  const parts = written.map((name) => `'${name}', (select jsonb_agg(to_jsonb(t) order by t::text) from ${name} t)`)
  return (await rows(db, `select jsonb_build_object(${parts.join(', ')}) as all`))[0]
}

test.each([
  ['jobs', 'free'],
  ['jobs', 'credits'],
  ['job_specs', 'free'],
  ['job_specs', 'credits'],
  ['queue_lanes', 'free'],
  ['queue_lanes', 'credits'],
  ['free_usage', 'free'],
  ['free_holds', 'free'],
  ['accounts', 'credits'],
  ['ledger', 'credits'],
] as const)('D05 a press that dies as it writes %s leaves nothing of itself: %s', async (table, purse) => {
  const before = await everything()
  await db.pool.query(`create function public.fault() returns trigger language plpgsql as
    $$ begin raise exception 'fault'; end $$`)
  await db.pool.query(`create trigger zz_fault after insert or update on ${table}
    for each row execute function public.fault()`)

  await expect(press(db, { artist: artists[purse], purse })).rejects.toThrow('fault')

  await db.pool.query(`drop trigger zz_fault on ${table}; drop function public.fault()`)
  expect(await everything()).toEqual(before)
})

test('D05 a press whose connection is killed before its commit leaves nothing of itself', async () => {
  const before = await everything()
  const client = await db.pool.connect()
  client.on('error', () => undefined)
  await client.query('begin')
  const [{ pid } = { pid: 0 }] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  const { id, asset } = artists.credits
  await client.query(
    `select public.enqueue_jobs($1, false, gen_random_uuid(), 'h', 'credits', 2, '[]', jsonb_build_array(jsonb_build_object(
       'id', gen_random_uuid(), 'mode', 'remix', 'variant', 'dev', 'model_key', 'flux1-dev', 'price', 2, 'steps', 28,
       'prompt', '', 'creativity', 50, 'chaos', 30, 'seed', '7', 'workflow_hash', 'cafe',
       'inputs', jsonb_build_array(jsonb_build_object('asset_id', $2::text, 'role', 'base', 'weight', 1, 'order', 0)))))`,
    [id, asset],
  )
  await db.pool.query('select pg_terminate_backend($1, 1000)', [pid])
  await expect(client.query('commit')).rejects.toThrow()
  client.release(true)

  expect(await everything()).toEqual(before)
})
