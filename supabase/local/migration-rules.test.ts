import { expect, test } from 'vitest'
import { forbiddenStatements } from './migration-rules.ts'

test('policies and the grants of the worker role pass', () => {
  const sql = `
    create policy "join own topics" on realtime.messages for select to authenticated using (private.may_join(realtime.topic()));
    grant usage on schema realtime, private to forge_worker;
    grant select, insert on realtime.messages to forge_worker;
    insert into storage.buckets (id, name) values ('forge', 'forge');`

  expect(forbiddenStatements(sql)).toEqual([])
})

test('reading or referencing a managed object passes', () => {
  const sql = `
    create table public.profiles (id uuid primary key references auth.users (id));
    create function public.send() returns void language sql as $$ insert into realtime.messages default values; $$;`

  expect(forbiddenStatements(sql)).toEqual([])
})

test.each([
  'alter table auth.users add column x int',
  'create or replace function auth.uid() returns uuid language sql as $$ select null $$',
  'create trigger t after insert on auth.users for each row execute function public.f()',
  'grant select on auth.users to anon',
  'drop policy p on auth.users',
  'create index on storage.objects (name)',
  'delete from storage.objects',
  'grant all on realtime.messages to anon',
])('%s is refused', (statement) => {
  expect(forbiddenStatements(`${statement};`)).toHaveLength(1)
})
