import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startTestStack } from '#supabase/tests/stack.ts'
import type { TestStack } from '#supabase/tests/stack.ts'

let stack: TestStack

beforeAll(async () => {
  stack = await startTestStack()
  const client = new Client({ connectionString: stack.db.url('postgres') })
  await client.connect()
  await client.query(await readFile(join(import.meta.dirname, 'testing', 'fixture.sql'), 'utf8'))
  await client.end()
})
afterAll(() => stack[Symbol.asyncDispose]())

const owner = '10000000-0000-4000-8000-000000000001'

test('the publishable key acts as anon, the secret key as service_role, a token as its user', async () => {
  const token = await stack.token({ sub: owner, app_metadata: { role: 'operator' } })

  const anon = await stack.client().rpc('whoami')
  const service = await stack.client({ secret: true }).rpc('whoami')
  const user = await stack.client({ token }).rpc('whoami')

  expect(anon.data).toMatchObject({ role: 'anon', uid: null })
  expect(service.data).toMatchObject({ role: 'service_role', uid: null })
  expect(user.data).toMatchObject({ role: 'authenticated', uid: owner, claims: { app_metadata: { role: 'operator' } } })
})

test('an error raised with a code keeps message, detail and hint', async () => {
  const raised = await stack.client().rpc('refuse', { p_code: 'P0001' })

  expect(raised.status).toBe(400)
  expect(raised.error).toMatchObject({
    code: 'P0001',
    message: 'PURSE_EMPTY',
    details: '{"price":4}',
    hint: 'buy more',
  })
})

test.each([
  ['28000', 403],
  ['23505', 409],
  ['PT402', 402],
  ['22023', 400],
  ['40001', 500],
  ['42501', 401],
])('an error with SQLSTATE %s answers %i to anon', async (code, status) => {
  const raised = await stack.client().rpc('refuse', { p_code: code })

  expect([raised.status, raised.error?.code]).toEqual([status, code])
})

test('a privilege refused to a signed-in user answers 403', async () => {
  const token = await stack.token({ sub: owner })

  const refused = await stack.client({ token }).rpc('secret_only')

  expect([refused.status, refused.error?.code]).toEqual([403, '42501'])
})

test('a function may decide the whole refusal', async () => {
  const raised = await stack.client().rpc('refuse_fully')

  expect([raised.status, raised.error?.code, raised.error?.message]).toEqual([418, 'teapot', 'short and stout'])
})

test('only the role that was granted a function may call it', async () => {
  expect((await stack.client().rpc('secret_only')).status).toBe(401)
  expect((await stack.client({ secret: true }).rpc('secret_only')).data).toBe(1)
})

test('a call that fails leaves nothing written', async () => {
  await stack.client().rpc('write_then_fail')

  expect((await stack.db.pool.query('select from public.probes where n = 99')).rows).toEqual([])
})

test('values come back as their JSON', async () => {
  const supabase = stack.client()

  expect((await supabase.rpc('add', { p_a: 1 })).data).toBe(11)
  expect((await supabase.rpc('add', { p_a: 1, p_b: 2 })).data).toBe(3)
  expect((await supabase.rpc('null_value')).data).toBeNull()
  expect(await supabase.rpc('nothing')).toMatchObject({ data: null, status: 204, error: null })
  expect((await supabase.rpc('one_column')).data).toEqual([{ x: 1 }, { x: 2 }])
  expect((await supabase.rpc('list_numbers', { p_to: 3 })).data).toEqual([1, 2, 3])
  expect((await stack.client({ secret: true }).rpc('one_probe')).data).toMatchObject({ n: 1 })
})

test('arguments of every type used arrive as they were sent', async () => {
  const given = {
    p_uuid: owner,
    p_texts: ['a,b', '"quoted"', 'ünï', '{}'],
    p_number: 12.5,
    p_when: '2026-01-02T03:04:05.678+00:00',
    p_json: { a: [1, null, { b: "it's" }], 'k"': '\\' },
  }

  const { data } = await stack.client().rpc('echo_types', given).single()

  expect(data).toEqual({ u: given.p_uuid, t: given.p_texts, n: 12.5, w: given.p_when, j: given.p_json })
})

test('a set of rows can be filtered, ordered, cut and counted', async () => {
  const { data, count } = await stack
    .client({ secret: true })
    .rpc('list_probes', { p_from: 2 }, { count: 'exact' })
    .select('n')
    .gt('n', 2)
    .order('n', { ascending: false })
    .limit(2)

  expect(data).toEqual([{ n: 5 }, { n: 4 }])
  expect(count).toBe(3)
})

test('stable functions can be read with GET and HEAD, writing ones cannot write', async () => {
  const supabase = stack.client()

  expect((await supabase.rpc('add', { p_a: 2 }, { get: true })).data).toBe(12)
  expect((await supabase.rpc('whoami', {}, { head: true })).status).toBe(200)
  expect((await supabase.rpc('write_then_fail', {}, { get: true })).error?.code).toBe('25006')
})

test('an unknown function, an unknown and a missing argument answer PGRST202', async () => {
  const supabase = stack.client()

  for (const call of [
    supabase.rpc('no_such', { x: 1 }),
    supabase.rpc('add', { p_a: 1, p_c: 2 }),
    supabase.rpc('add', {}),
  ]) {
    const answer = await call
    expect([answer.status, answer.error?.code]).toEqual([404, 'PGRST202'])
  }
  expect((await supabase.rpc('no_such', { x: 1 })).error?.message).toContain('public.no_such(x)')
})

test('an ambiguous overload is refused, naming the candidates', async () => {
  const { error, status } = await stack.client().rpc('overloaded', { p_a: 1 })

  expect([status, error?.code]).toEqual([300, 'PGRST203'])
  expect(error?.message).toBe(
    'Could not choose the best candidate function between: public.overloaded(p_a => integer), public.overloaded(p_a => text)',
  )
})

test('unnamed arguments are refused, and functions that PostgREST would not call are not found', async () => {
  const supabase = stack.client()

  expect(await supabase.rpc('takes_json', { p_a: 1 })).toMatchObject({ status: 501, error: { code: 'PGRST127' } })
  expect(await supabase.rpc('takes_json', { '': 1 })).toMatchObject({ status: 501, error: { code: 'PGRST127' } })
  expect(await supabase.rpc('takes_number', { '': 1 })).toMatchObject({ status: 404, error: { code: 'PGRST202' } })
  expect(await supabase.rpc('add', { '': 1 })).toMatchObject({ status: 404, error: { code: 'PGRST202' } })
  expect(await supabase.rpc('half_named')).toMatchObject({ status: 404, error: { code: 'PGRST202' } })
  expect((await supabase.rpc('half_named', { p_a: 7 })).data).toBe(7)
})

test('one value counts as one row when a count is asked for', async () => {
  const supabase = stack.client()

  expect(await supabase.rpc('add', { p_a: 1 }, { count: 'exact' })).toMatchObject({ data: 11, count: 1 })
  expect(await supabase.rpc('add', { p_a: 1 }, { count: 'exact', get: true })).toMatchObject({ data: 11, count: 1 })
  expect(await supabase.rpc('add', { p_a: 1 }, { count: 'exact', head: true })).toMatchObject({ data: null, count: 1 })
  expect(await supabase.rpc('nothing', {}, { count: 'exact' })).toMatchObject({ status: 204, count: 1 })
  expect((await supabase.rpc('add', { p_a: 1 })).count).toBeNull()
})

test('what reads rows is refused on a function that returns one value', async () => {
  const supabase = stack.client()
  const ranged = await fetch(`${stack.url}/rest/v1/rpc/add?p_a=1`, {
    headers: { apikey: stack.keys.publishableKey, range: '0-9' },
  })

  expect(ranged.status).toBe(501)
  for (const call of [
    supabase.rpc('add', { p_a: 1 }).limit(1),
    supabase.rpc('whoami').select('role'),
    supabase.rpc('whoami').eq('role', 'anon'),
  ]) {
    expect((await call).error?.code).toBe('PGRST127')
  }
})

test('a function made after the first call is found, a changed one is called anew', async () => {
  const supabase = stack.client({ secret: true })
  expect((await supabase.rpc('later')).error?.code).toBe('PGRST202')

  await stack.db.pool.query('create function public.later() returns int language sql as $$ select 1 $$')
  expect((await supabase.rpc('later')).data).toBe(1)

  await stack.db.pool.query('drop function public.later()')
  expect((await supabase.rpc('later')).status).toBe(404)
  expect((await supabase.rpc('later')).error?.code).toBe('PGRST202')
})

test('names and values that look like SQL stay names and values', async () => {
  const supabase = stack.client({ secret: true })
  const evil = `'); drop table public.probes; --`

  expect((await supabase.rpc('echo', { p_value: evil })).data).toBe(evil)
  expect((await supabase.rpc(`add(1); drop table public.probes; --`)).error?.code).toBe('PGRST202')
  expect((await supabase.rpc('echo', { [`p_value" jsonb); drop table public.probes; --`]: 1 })).error?.code).toBe(
    'PGRST202',
  )
  expect((await supabase.rpc('list_probes', { p_from: '1; drop table public.probes' })).error?.code).toBe('22P02')
  expect((await supabase.from('probes').select('n')).data).toHaveLength(5)
})

test('a role that a token claims must be one the API may take on', async () => {
  const token = await stack.token({ sub: owner, role: 'supabase_admin' })
  const unknown = await stack.token({ sub: owner, role: 'nobody_knows' })

  expect((await stack.client({ token }).rpc('whoami')).status).toBe(403)
  expect((await stack.client({ token: unknown }).rpc('whoami')).status).toBe(401)
})

test('a role does not stick to a connection', async () => {
  const token = await stack.token({ sub: owner })
  const calls = Array.from({ length: 60 }, (_, index) =>
    (index % 3 === 0 ? stack.client() : index % 3 === 1 ? stack.client({ token }) : stack.client({ secret: true })).rpc(
      'whoami',
    ),
  )

  const roles = (await Promise.all(calls)).map(({ data }) => (data as { role: string }).role)

  expect(roles).toEqual(calls.map((_, index) => ['anon', 'authenticated', 'service_role'][index % 3]))
})

test('a call of anon is cut after three seconds', async () => {
  const cut = await stack.client().rpc('sleepy')

  expect(cut.error?.code).toBe('57014')
})

test('bodies are limited, typed and parsed', async () => {
  const call = (body: BodyInit, type = 'application/json'): Promise<Response> =>
    fetch(`${stack.url}/rest/v1/rpc/echo`, {
      method: 'POST',
      body,
      headers: { apikey: stack.keys.publishableKey, 'content-type': type },
    })
  const big = JSON.stringify({ p_value: 'x'.repeat(5 * 1024 * 1024) })

  expect((await call(big)).status).toBe(413)
  expect((await call('{"p_value":')).status).toBe(400)
  expect((await call('[1]')).status).toBe(400)
  expect((await call('a=1', 'application/x-www-form-urlencoded')).status).toBe(415)
  expect((await call(new Uint8Array([0x7b, 0xff, 0x7d]))).status).toBe(400)
  expect((await call('{"p_value":"\\u0000"}')).status).toBe(400)
})

test('a body without a length is cut at the limit while it streams', async () => {
  let sent = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536).fill(0x20))
    },
  })

  const answer = await fetch(`${stack.url}/rest/v1/rpc/echo`, {
    method: 'POST',
    body: endless,
    headers: { apikey: stack.keys.publishableKey, 'content-type': 'application/json' },
    duplex: 'half',
  } as RequestInit).catch(() => null)

  expect(answer?.status ?? 413).toBe(413)
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})

test('numbers beyond 2^53 reach the database and come back exactly', async () => {
  const answer = await fetch(`${stack.url}/rest/v1/rpc/echo`, {
    method: 'POST',
    body: '{"p_value": 9007199254740993}',
    headers: { apikey: stack.keys.publishableKey, 'content-type': 'application/json' },
  })

  expect(await answer.text()).toBe('9007199254740993')
})
