import { Client } from 'pg'
import type { PoolClient } from 'pg'
import { expect, test } from 'vitest'

import { cloneDatabase } from './database.ts'

test('a clone acts as each role with its claims', async () => {
  await using db = await cloneDatabase()
  const id = await db.createUser()
  const who = async (client: PoolClient): Promise<unknown> =>
    (await client.query(`select current_user as role, auth.uid() as uid, auth.role() as claimed`)).rows[0]

  expect(await db.asUser(id, who)).toEqual({ role: 'authenticated', uid: id, claimed: 'authenticated' })
  expect(await db.asUser(id, { is_anonymous: true }, who)).toMatchObject({ uid: id })
  expect(await db.asAnon(who)).toEqual({ role: 'anon', uid: null, claimed: 'anon' })
  expect(await db.asService(who)).toEqual({ role: 'service_role', uid: null, claimed: 'service_role' })
})

test('a failed transaction leaves nothing behind and frees its client', async () => {
  await using db = await cloneDatabase()
  await db.pool.query('create table public.notes (body text)')
  await db.pool.query('grant all on public.notes to service_role')

  const failed = db.asService(async (client) => {
    await client.query(`insert into public.notes values ('x')`)
    throw new Error('no')
  })

  await expect(failed).rejects.toThrow('no')
  expect((await db.pool.query('select * from public.notes')).rows).toEqual([])
})

test('clones do not see each other', async () => {
  await using one = await cloneDatabase()
  await using two = await cloneDatabase()

  await one.pool.query('create table public.only_here ()')

  const found = await two.pool.query(`select to_regclass('public.only_here') as found`)
  expect(found.rows).toEqual([{ found: null }])
})

test('closing a database names the client that was left open', async () => {
  const db = await cloneDatabase()
  const leaked = new Client({ connectionString: db.url('postgres'), application_name: 'leaky' })
  leaked.on('error', () => {})
  await leaked.connect()

  await expect(db[Symbol.asyncDispose]()).rejects.toThrow(/leaky as postgres/)
  await leaked.end().catch(() => {})
})
