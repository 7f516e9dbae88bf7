import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg'

import { applyMigrations, applySeed } from './migrate.ts'

/** SQL that stands for what a hosted project already has, in the order of its dependencies. */
const bootstrapFiles = [
  'sql/roles.sql',
  'auth/schema.sql',
  'storage/schema.sql',
  'realtime/schema.sql',
  'sql/guard.sql',
]
const loginRoles = ['postgres', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin']
/** One number for "someone is preparing this database"; advisory locks are per database. */
const lockKey = 4_070_817

export type PrepareOptions = {
  /** Folder of `<version>_<name>.sql` files, applied in name order. */
  migrationsDir: string
  /** Seed file, applied as `postgres` after the migrations whenever its content is new; it must repeat cleanly. */
  seed?: string
}

/**
 * Makes the database of `adminUrl` (login `supabase_admin`) a Supabase database: bootstrap as superuser, then
 * migrations and seed as the non-superuser `postgres`. Runs again at every start and does only what is new. Several
 * at once wait for each other.
 */
export async function prepareDatabase(adminUrl: string, options: PrepareOptions): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [lockKey])
    await bootstrap(admin, decodeURIComponent(new URL(adminUrl).password))
    await withClient(loginUrl(adminUrl, 'postgres'), async (owner) => {
      await applyMigrations(owner, options.migrationsDir)
      if (options.seed !== undefined) await applySeed(owner, options.seed)
    })
  })
}

/** The same database and password with another login role: all login roles of the stack share one password. */
export function loginUrl(adminUrl: string, role: string, database?: string): string {
  const url = new URL(adminUrl)
  url.username = role
  if (database !== undefined) url.pathname = `/${database}`
  return url.href
}

async function bootstrap(admin: Client, password: string): Promise<void> {
  await admin.query('set client_min_messages = warning')
  await admin.query(`
    create schema if not exists supabase_local;
    create table if not exists supabase_local.bootstrap (file text primary key, sha256 text not null)`)
  for (const file of bootstrapFiles) {
    const sql = await readFile(join(import.meta.dirname, file), 'utf8')
    await runOnce(admin, file, sql)
    if (file === 'sql/roles.sql') await setPasswords(admin, password)
  }
}

async function runOnce(admin: Client, file: string, sql: string): Promise<void> {
  const sha256 = createHash('sha256').update(sql).digest('hex')
  const known = await admin.query('select from supabase_local.bootstrap where file = $1 and sha256 = $2', [
    file,
    sha256,
  ])
  if (known.rows.length > 0) return
  try {
    await admin.query('begin')
    await admin.query(sql)
    await admin.query('reset role; reset search_path')
    await admin.query(
      `insert into supabase_local.bootstrap (file, sha256) values ($1, $2)
       on conflict (file) do update set sha256 = excluded.sha256`,
      [file, sha256],
    )
    await admin.query('commit')
  } catch (cause) {
    await admin.query('rollback')
    throw new Error(`supabase/local/${file} failed: ${describe(cause)}`, { cause })
  } finally {
    await admin.query('reset all; reset role; set client_min_messages = warning')
  }
}

/** Roles belong to the server and may already have this password: SCRAM salts differ, so compare by logging in. */
async function setPasswords(admin: Client, password: string): Promise<void> {
  const unset = await admin.query<{ name: string }>(
    'select rolname as name from pg_authid where rolname = any($1) and rolpassword is null order by rolname',
    [loginRoles],
  )
  for (const { name } of unset.rows) {
    await admin.query(`alter role ${escapeIdentifier(name)} password ${escapeLiteral(password)}`)
  }
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'prepare' })
  try {
    await client.connect()
  } catch (cause) {
    const refused = cause instanceof DatabaseError && cause.code === '28P01'
    if (!refused) throw cause
    throw new Error('The database was made with other keys than keys.json holds; `npm run reset` starts over', {
      cause,
    })
  }
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof DatabaseError)) return String(cause)
  return [cause.message, cause.detail, cause.hint, cause.where].filter(Boolean).join(' | ')
}
