import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client, Pool } from 'pg'
import type { PoolClient } from 'pg'
import { inject } from 'vitest'

import { loginUrl } from '../local/prepare.ts'

export type Claims = Readonly<Record<string, unknown>>
type Work<T> = (client: PoolClient) => Promise<T>

/** One test file's own database, cloned from the migrated template and dropped when disposed. */
export type TestDatabase = AsyncDisposable & {
  name: string
  /** Connection string of a login role: `supabase_admin` (default), `postgres`, `authenticator`, … */
  url: (role?: string) => string
  /** As superuser: fixtures and assertions see everything. */
  pool: Pool
  /** One transaction as a signed-in user, committed when `fn` fulfils. */
  asUser: <T>(userId: string, ...rest: [fn: Work<T>] | [claims: Claims, fn: Work<T>]) => Promise<T>
  asAnon: <T>(fn: Work<T>) => Promise<T>
  /** As a worker with its ten-minute token: role forge_worker, subject the instance. */
  asWorker: <T>(instanceId: string, fn: Work<T>) => Promise<T>
  asService: <T>(fn: Work<T>) => Promise<T>
  /** Inserts a row of auth.users, firing its triggers; answers the id. */
  createUser: (options?: { anonymous?: boolean; email?: string; role?: string }) => Promise<string>
}

/** How long a closed client may take to disappear from the server before it counts as leaked. */
const graceMs = 2000

/** Clones the template. Use as `await using db = await cloneDatabase()` or dispose in `afterAll`. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asServer(adminUrl, (client) =>
    client.query(`create database ${name} template ${inject('templateName')} owner postgres`),
  )
  const url = (role = 'supabase_admin'): string => loginUrl(adminUrl, role, name)
  const pool = openPool(url(), 'test pool')
  const as = actor(openPool(url('authenticator'), 'test actor'))
  return {
    name,
    url,
    pool,
    asUser: (userId, ...rest) => {
      const [claims, fn] = rest.length === 1 ? [{}, rest[0]] : rest
      return as.run('authenticated', { sub: userId, aud: 'authenticated', ...claims }, fn)
    },
    asAnon: (fn) => as.run('anon', {}, fn),
    asWorker: (instanceId, fn) => as.run('forge_worker', { sub: instanceId, aud: 'authenticated' }, fn),
    asService: (fn) => as.run('service_role', {}, fn),
    createUser: (options = {}) => createUser(pool, options),
    [Symbol.asyncDispose]: () => closeDatabase(adminUrl, name, [pool, as.pool]),
  }
}

function openPool(connectionString: string, name: string): Pool {
  const pool = new Pool({ connectionString, max: 20, application_name: name })
  // A leaked client is cut off when its database is dropped; the leak itself is what gets reported.
  pool.on('error', () => {})
  return pool
}

type Actor = { pool: Pool; run: <T>(role: string, claims: Claims, fn: Work<T>) => Promise<T> }

function actor(pool: Pool): Actor {
  return {
    pool,
    async run(role, claims, fn) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query(`select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`, [
          role,
          JSON.stringify({ role, ...claims }),
        ])
        const result = await fn(client)
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
  }
}

async function createUser(
  pool: Pool,
  options: { anonymous?: boolean; email?: string; role?: string },
): Promise<string> {
  const id = randomUUID()
  const { anonymous = false, email = anonymous ? null : `${id}@example.test` } = options
  const provider = anonymous ? {} : { provider: 'email', providers: ['email'] }
  const metadata = { ...provider, ...(options.role === undefined ? {} : { role: options.role }) }
  await pool.query(
    `insert into auth.users (instance_id, id, aud, role, email, email_confirmed_at, raw_app_meta_data,
       raw_user_meta_data, is_anonymous, created_at, updated_at)
     values ('00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2::varchar,
       case when $2::varchar is not null then now() end, $3, '{}', $4, now(), now())`,
    [id, email, JSON.stringify(metadata), anonymous],
  )
  return id
}

async function closeDatabase(adminUrl: string, name: string, pools: Pool[]): Promise<void> {
  const held = pools.reduce((sum, pool) => sum + pool.totalCount - pool.idleCount, 0)
  // Ending a pool waits for its checked-out clients: with a leak that would be for ever.
  if (held === 0) await Promise.all(pools.map((pool) => pool.end()))
  await asServer(adminUrl, async (client) => {
    const leaks = await leaksOf(client, name)
    await dropDatabase(client, name)
    if (leaks.length > 0) throw new Error(`Clients of the test database were left open: ${leaks.join('; ')}`)
  })
}

async function leaksOf(client: Client, name: string): Promise<string[]> {
  for (const end = Date.now() + graceMs; ; await sleep(50)) {
    const found = await client.query<{ leak: string }>(
      `select format('%s as %s: %s', application_name, usename, left(query, 120)) as leak
         from pg_stat_activity where datname = $1 and backend_type in ('client backend', 'walsender')
       union all
       select format('replication slot %s', slot_name) from pg_replication_slots where database = $1`,
      [name],
    )
    if (found.rows.length === 0 || Date.now() > end) return found.rows.map((row) => row.leak)
  }
}

async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  await client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1', [name])
  await client.query(`drop database ${name} with (force)`)
}

async function asServer(adminUrl: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'test harness' })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
