import { afterAll, beforeAll, expect, test } from 'vitest'
import { lintSchema, schemaLints } from '../local/schema-lints.ts'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

/** A table that no lint minds. */
const table = (name: string, rest = '') =>
  `create table public.${name} (id int primary key${rest}); alter table public.${name} enable row level security;`
const policy = (name: string, rest: string) => `${table(name)} create policy p on public.${name} ${rest};`

/** For each lint something that it must find. */
const offenders: Readonly<Record<string, string>> = {
  'unindexed foreign key': table('x', ', job_id uuid references public.jobs (id)'),
  'users exposed':
    'create view private.x with (security_invoker = on) as select email from auth.users; grant select on private.x to authenticated',
  'policy runs per row': policy('x', `for select to authenticated using (auth.uid() is not null)`),
  'no primary key': 'create table public.x (id int); alter table public.x enable row level security',
  'several permissive policies': `${policy('x', 'for select to authenticated using (id = 1)')}
    create policy q on public.x to authenticated using (id = 2)`,
  'row security is off': 'create table public.x (id int primary key)',
  'duplicate index': `${table('x', ', a int')} create index x1 on public.x (a); create index x2 on public.x (a)`,
  'view of its owner': 'create view public.x as select 1 as one',
  'search path not empty':
    'create function private.x() returns int language sql return 1; revoke execute on function private.x from public',
  'extension in public': 'create extension pg_trgm schema public',
  'policy trusts user_metadata': policy(
    'x',
    `for select to authenticated using ((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'operator')`,
  ),
  'policy without a condition': policy('x', 'for insert to authenticated with check (true)'),
  'policy for everybody': policy('x', 'for select using (id = 1)'),
  'reg type in a table': table('x', ', a regproc'),
  'foreign key to a column of auth': `alter table auth.users add constraint x unique (email);
    ${table('x', ', email varchar unique references auth.users (email)')}`,
  'table granted to the outside': `${table('x', ', a int')} grant select (a) on public.x to anon`,
  'function exposed': `create function public.x() returns int language sql set search_path = '' return 1;
    revoke execute on function public.x from public; grant execute on function public.x to anon`,
  'function granted to public': `create function private.x() returns int language sql set search_path = '' return 1;
    grant execute on function private.x to public`,
  'public bucket': `insert into storage.buckets (id, name, public) values ('x', 'x', true)`,
}

test('E17 the schema has no offence', async () => {
  expect(await lintSchema(db.pool)).toEqual([])
})

test.each(schemaLints.map(({ name }) => name))('E17 what is wrong is found: %s', async (name) => {
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    await client.query(offenders[name] ?? 'select 1 / 0')
    expect((await lintSchema(client)).map(({ lint }) => lint)).toContain(name)
  } finally {
    await client.query('rollback')
    client.release()
  }
})
