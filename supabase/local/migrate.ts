import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DatabaseError } from 'pg'
import type { Client } from 'pg'

const forget = 'reset all; reset role; set client_min_messages = warning'

type Migration = { version: string; name: string; sql: string }

/**
 * Applies the `<version>_<name>.sql` files of `folder` that are new, each in its own transaction, recorded as the
 * Supabase CLI records them. Refuses a file that changed after it was applied, and one older than the newest applied.
 */
export async function applyMigrations(client: Client, folder: string): Promise<void> {
  await client.query(`
    set client_min_messages = warning;
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (
      version text primary key, statements text[], name text);
    create table if not exists supabase_migrations.seed_files (path text primary key, hash text not null)`)
  const applied = await client.query<{ version: string; statements: string[] | null }>(
    'select version, statements from supabase_migrations.schema_migrations order by version',
  )
  const texts = new Map(applied.rows.map((row) => [row.version, row.statements?.join('') ?? null]))
  const newest = applied.rows.at(-1)?.version ?? ''
  for (const migration of await readMigrations(folder)) {
    const before = texts.get(migration.version)
    if (before === migration.sql) continue
    if (before !== undefined) throw drift(migration, 'changed after it was applied')
    if (migration.version < newest) throw drift(migration, `is older than ${newest}, which is applied already`)
    await applyOne(client, migration)
  }
}

/** Applies a seed file when its content is new to this database. Like the CLI, records its path and hash. */
export async function applySeed(client: Client, file: string): Promise<void> {
  const sql = await readFile(file, 'utf8')
  const hash = createHash('sha256').update(sql).digest('hex')
  const path = 'supabase/seed.sql'
  const known = await client.query('select from supabase_migrations.seed_files where path = $1 and hash = $2', [
    path,
    hash,
  ])
  if (known.rows.length > 0) return
  await inTransaction(client, file, sql, async () => {
    await client.query(
      `insert into supabase_migrations.seed_files (path, hash) values ($1, $2)
       on conflict (path) do update set hash = excluded.hash`,
      [path, hash],
    )
  })
}

/** Migrations of a folder in the order of their names; other files are refused, not skipped. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const file of names) {
    const match = /^(\d{14})_([a-z0-9_]+)\.sql$/.exec(file)
    if (match === null) throw new Error(`${file} is not named YYYYMMDDHHMMSS_verb_object.sql`)
    const [, version = '', name = ''] = match
    if (migrations.at(-1)?.version === version) throw new Error(`Two migrations have the version ${version}`)
    migrations.push({ version, name, sql: await readFile(join(folder, file), 'utf8') })
  }
  return migrations
}

async function applyOne(client: Client, { version, name, sql }: Migration): Promise<void> {
  await inTransaction(client, `${version}_${name}.sql`, sql, async () => {
    await client.query(
      'insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, array[$3])',
      [version, name, sql],
    )
  })
}

async function inTransaction(client: Client, file: string, sql: string, record: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    // A migration may leave settings behind (role, search_path) that neither our record nor the next must inherit.
    await client.query(forget)
    await record()
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`${file} failed: ${place(sql, cause)}`, { cause })
  }
}

function place(sql: string, cause: unknown): string {
  if (!(cause instanceof DatabaseError)) return String(cause)
  const line = cause.position === undefined ? '' : `line ${sql.slice(0, Number(cause.position)).split('\n').length}: `
  return [`${line}${cause.message}`, cause.detail, cause.hint, cause.where].filter(Boolean).join(' | ')
}

function drift(migration: Migration, why: string): Error {
  return new Error(`${migration.version}_${migration.name}.sql ${why}; locally, \`npm run reset\` starts over`)
}
