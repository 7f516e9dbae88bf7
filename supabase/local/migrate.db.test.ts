import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from 'pg'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'

import { loginUrl, prepareDatabase } from './prepare.ts'

let folder: string
let database: string
let url: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-migrate-'))
  database = `migrate_${randomUUID().replaceAll('-', '')}`
  url = loginUrl(inject('adminUrl'), 'supabase_admin', database)
  await query(inject('adminUrl'), `create database ${database}`)
})
afterEach(async () => {
  await query(inject('adminUrl'), `drop database ${database}`)
  await rm(folder, { recursive: true })
})

const forbidden = [
  `create role mighty superuser`,
  `alter table auth.users add column x int`,
  `create table auth.mine ()`,
  `create function storage.mine() returns int language sql as 'select 1'`,
  `alter table storage.objects disable row level security`,
  `drop table storage.objects cascade`,
  `drop function realtime.send`,
  `create index mine on realtime.messages (topic)`,
  `drop event trigger guard_platform_change`,
  `alter role supabase_admin password 'x'`,
  `grant supabase_admin to postgres`,
  `copy (select 1) to program 'true'`,
  `alter system set fsync = off`,
  `update supabase_local.bootstrap set file = ''`,
]

async function query(target: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: target })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

const put = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql)
const prepare = (seed?: string): Promise<void> =>
  prepareDatabase(url, { migrationsDir: folder, ...(seed === undefined ? {} : { seed }) })

test('migrations run once, in order, as the non-superuser postgres', async () => {
  await put('20260101000000_create_first.sql', 'create table public.first (by text default current_user)')
  await put('20260102000000_add_second.sql', 'insert into public.first default values')

  await prepare()
  await prepare()

  expect(await query(url, 'select * from public.first')).toEqual([{ by: 'postgres' }])
  expect(await query(url, 'select version, name from supabase_migrations.schema_migrations order by 1')).toEqual([
    { version: '20260101000000', name: 'create_first' },
    { version: '20260102000000', name: 'add_second' },
  ])
  expect(await query(url, `select rolsuper from pg_roles where rolname = 'postgres'`)).toEqual([{ rolsuper: false }])
})

test('what a hosted postgres may not do is refused here too', async () => {
  await prepare()
  const client = new Client({ connectionString: loginUrl(url, 'postgres') })
  await client.connect()
  const outcomes: [string, string][] = []
  for (const sql of forbidden) {
    outcomes.push([
      sql,
      await client.query(sql).then(
        () => 'allowed',
        (error: { code: string }) => error.code,
      ),
    ])
  }
  await client.end()

  expect(outcomes).toEqual(forbidden.map((sql) => [sql, '42501']))
})

test('what a hosted postgres may do works', async () => {
  await put(
    '20260101000000_allow.sql',
    `create role forge_probe nologin noinherit;
     grant forge_probe to authenticator;
     grant usage on schema realtime to forge_probe;
     grant select, insert on realtime.messages to forge_probe;
     create policy probe on realtime.messages for select to forge_probe using (true);
     create policy probe on storage.objects for select to authenticated using (true);
     insert into storage.buckets (id, name) values ('probe', 'probe');
     create schema private;
     create extension if not exists citext with schema extensions;
     create function private.noop() returns trigger language plpgsql as $$ begin return null; end $$;
     create trigger probe after insert on auth.users for each row execute function private.noop();`,
  )

  await prepare()

  await query(loginUrl(url, 'postgres'), 'revoke usage on schema realtime from forge_probe')
  await query(url, 'drop owned by forge_probe; drop role forge_probe')
})

test('new tables of postgres are open to the API roles until a migration closes them', async () => {
  await put(
    '20260101000000_create.sql',
    'create table public.open (); create schema private; create table private.shut ()',
  )

  await prepare()

  const may = `select has_table_privilege('anon', 'public.open', 'select') as open,
    has_schema_privilege('anon', 'private', 'usage') as shut`
  expect(await query(url, may)).toEqual([{ open: true, shut: false }])
})

test('a migration that fails leaves nothing and names its line', async () => {
  await put('20260101000000_half.sql', 'create table public.half ();\n\nselect nonsense;\n')

  await expect(prepare()).rejects.toThrow(/20260101000000_half\.sql failed: line 3: column "nonsense" does not exist/)

  expect(await query(url, `select to_regclass('public.half') as found`)).toEqual([{ found: null }])
  expect(await query(url, 'select * from supabase_migrations.schema_migrations')).toEqual([])
})

test('a setting left by one migration does not reach the next', async () => {
  await put('20260101000000_set.sql', `set search_path = ''; set role anon`)
  await put('20260102000000_next.sql', 'create table next_one ()')

  await prepare()

  expect(await query(url, `select to_regclass('public.next_one') is not null as made`)).toEqual([{ made: true }])
})

test('a changed migration and one that comes too late are refused', async () => {
  await put('20260102000000_second.sql', 'select 1')
  await prepare()

  await put('20260102000000_second.sql', 'select 2')
  await expect(prepare()).rejects.toThrow(/changed after it was applied/)

  await put('20260102000000_second.sql', 'select 1')
  await put('20260101000000_first.sql', 'select 1')
  await expect(prepare()).rejects.toThrow(/is older than 20260102000000/)
})

test('misnamed files are refused, not skipped', async () => {
  await put('1_first.sql', 'select 1')

  await expect(prepare()).rejects.toThrow(/is not named/)
})

test('many starts at once apply everything once', async () => {
  await put('20260101000000_create.sql', 'create table public.once (n int); insert into public.once values (1)')

  await Promise.all(Array.from({ length: 12 }, () => prepare()))

  expect(await query(url, 'select n from public.once')).toEqual([{ n: 1 }])
})

test('a seed runs when it is new or changed', async () => {
  await put('20260101000000_create.sql', 'create table public.seeded (n int)')
  const seed = join(folder, 'seed.txt')
  await writeFile(seed, 'insert into public.seeded values (1)')

  await prepare(seed)
  await prepare(seed)
  await writeFile(seed, 'insert into public.seeded values (2)')
  await prepare(seed)

  expect(await query(url, 'select n from public.seeded order by n')).toEqual([{ n: 1 }, { n: 2 }])
})
