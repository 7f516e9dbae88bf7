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

const id = (n: number): string => `00000000-0000-0000-0000-00000000000${n}`
const probes = (): ReturnType<ReturnType<TestStack['client']>['from']> => stack.client({ secret: true }).from('probes')
const numbers = (data: unknown): unknown => (data as { n: number }[]).map(({ n }) => n)

test('filters select the rows that match all of them', async () => {
  expect(numbers((await probes().select('n').eq('id', id(3))).data)).toEqual([3])
  expect(numbers((await probes().select('n').in('n', [1, 4, 9]).order('n')).data)).toEqual([1, 4])
  expect(numbers((await probes().select('n').gt('n', 1).lte('n', 3).neq('n', 2)).data)).toEqual([3])
  expect(numbers((await probes().select('n').gte('n', 4).lt('n', 5)).data)).toEqual([4])
  expect(numbers((await probes().select('n').not('n', 'in', '(1,2,3)').order('n')).data)).toEqual([4, 5])
  expect(numbers((await probes().select('n').ilike('label', 'LABEL%2')).data)).toEqual([2])
  expect(numbers((await probes().select('n').contains('tags', ['b5'])).data)).toEqual([5])
  expect(numbers((await probes().select('n').contains('meta', { n: 2 })).data)).toEqual([2])
  expect((await probes().select('n').is('owner', null)).data).toHaveLength(5)
  expect((await probes().select('n').not('owner', 'is', null)).data).toEqual([])
  expect((await probes().select('n').in('n', [])).data).toEqual([])
})

test('values with commas, quotes and backslashes match themselves only', async () => {
  const labels = ['a,b', 'say "x"', 'back\\slash', '(paren)', '50%*']
  await stack.db.pool.query('insert into public.probes (n, label) select 50, unnest($1::text[])', [labels])

  const found = await probes().select('label').in('label', labels).eq('n', 50)
  const one = await probes().select('label').eq('label', 'say "x"')

  await stack.db.pool.query('delete from public.probes where n = 50')
  expect(found.data?.map(({ label }) => label as string).sort()).toEqual([...labels].sort())
  expect(one.data).toEqual([{ label: 'say "x"' }])
})

test('columns can be chosen and renamed', async () => {
  const { data } = await probes().select('number:n, id').eq('n', 1).single()

  expect(data).toEqual({ number: 1, id: id(1) })
})

test('order, limit, offset and count agree', async () => {
  const page = await probes().select('n', { count: 'exact' }).order('n', { ascending: false }).range(1, 2)
  const head = await probes().select('n', { count: 'exact', head: true })

  expect([numbers(page.data), page.count, page.status]).toEqual([[4, 3], 5, 206])
  expect([head.data, head.count]).toEqual([null, 5])
})

test('an offset past the end answers 416 when counted and nothing when not', async () => {
  const counted = await probes().select('n', { count: 'exact' }).range(10, 12)
  const plain = await probes().select('n').range(10, 12)

  expect([counted.status, counted.error?.code]).toEqual([416, 'PGRST103'])
  expect([plain.status, plain.data]).toEqual([200, []])
})

test('nulls sort where they are told to', async () => {
  await stack.db.pool.query('insert into public.probes (n) values (null)')

  const first = await probes().select('n').order('n', { nullsFirst: true }).limit(1)
  const last = await probes().select('n').order('n', { nullsFirst: false, ascending: false }).limit(1)

  await stack.db.pool.query('delete from public.probes where n is null')
  expect([numbers(first.data), numbers(last.data)]).toEqual([[null], [5]])
})

test('the Range header selects rows', async () => {
  const answer = await fetch(`${stack.url}/rest/v1/probes?select=n&order=n`, {
    headers: { apikey: stack.keys.secretKey, range: '1-2', prefer: 'count=exact' },
  })

  expect([answer.status, answer.headers.get('content-range')]).toEqual([206, '1-2/5'])
  expect(await answer.json()).toEqual([{ n: 2 }, { n: 3 }])
})

test('single wants exactly one row, maybeSingle at most one', async () => {
  const none = await probes().select('n').eq('n', 77).single()
  const many = await probes().select('n').single()
  const maybe = await probes().select('n').eq('n', 77).maybeSingle()

  expect([none.status, none.error?.code, none.error?.details]).toEqual([406, 'PGRST116', 'The result contains 0 rows'])
  expect(many.error?.code).toBe('PGRST116')
  expect(maybe).toMatchObject({ data: null, error: null })
})

test('row level security and grants decide what a caller sees', async () => {
  const sub = '20000000-0000-4000-8000-000000000002'
  await stack.db.pool.query('insert into public.probes (n, owner) values (60, $1)', [sub])
  const token = await stack.token({ sub })

  expect((await stack.client({ token }).from('probes').select('n')).data).toEqual([{ n: 60 }])
  expect((await stack.client().from('probes').select('n')).data).toEqual([])
  expect((await stack.client().from('closed').select()).error?.code).toBe('42501')
  expect((await stack.client({ secret: true }).from('closed').select()).status).toBe(403)
  await stack.db.pool.query('delete from public.probes where n = 60')
})

test('unknown tables and columns, and values of the wrong type, answer as PostgREST does', async () => {
  const supabase = stack.client({ secret: true })

  expect(await supabase.from('nope').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } })
  expect(await probes().select('nope')).toMatchObject({ status: 400, error: { code: '42703' } })
  expect(await probes().select('n').eq('nope', 1)).toMatchObject({ status: 400, error: { code: '42703' } })
  expect(await probes().select('n').order('nope')).toMatchObject({ status: 400, error: { code: '42703' } })
  expect(await probes().select('n').eq('id', 'not a uuid')).toMatchObject({ status: 400, error: { code: '22P02' } })
})

test('what is not spoken is refused, never ignored', async () => {
  const supabase = stack.client({ secret: true })

  const answers = await Promise.all([
    probes().select('n, owners(*)'),
    probes().select('meta->n'),
    probes().select('n::text'),
    probes().select('n.count()'),
    probes().select('n').or('n.eq.1,n.eq.2'),
    probes().select('n').textSearch('label', 'x'),
    probes().select('n').eq('meta->>n', '1'),
    probes().select('n').order('n', { referencedTable: 'owners' }),
    probes().select('n', { count: 'estimated' }),
    probes().select('n').csv(),
    supabase.schema('auth').from('users').select(),
  ])

  for (const { error, status } of answers) {
    expect(error).not.toBeNull()
    expect([400, 406, 501]).toContain(status)
  }
})

test.each(['select=n&select=id', 'order=n&order=id', 'limit=1&limit=2', 'offset=1&offset=2', 'columns=n'])(
  '%s is refused, since a part of it would be ignored',
  async (query) => {
    const answer = await fetch(`${stack.url}/rest/v1/probes?${query}`, { headers: { apikey: stack.keys.secretKey } })

    expect([answer.status, await answer.json()]).toMatchObject([501, { code: 'PGRST127' }])
  },
)

test('columns, orders, aliases and operators that look like SQL are refused or quoted', async () => {
  const get = async (query: string): Promise<Response> =>
    fetch(`${stack.url}/rest/v1/probes?${query}`, { headers: { apikey: stack.keys.secretKey } })
  const evil = encodeURIComponent(`n" from public.probes; drop table public.probes; --`)

  for (const query of [
    `select=${evil}`,
    `select=n&order=${evil}`,
    `select=n&${evil}=eq.1`,
    `select=n&limit=1;drop`,
    `select=n&n=eq;drop.1`,
    `select=n&n=constructor.1`,
    `select=n&n=is.null;drop`,
  ]) {
    expect([400, 501]).toContain((await get(query)).status)
  }
  const aliased = await get(`select=${encodeURIComponent('x";drop table public.probes;--:n')}&n=eq.1`)
  expect(await aliased.json()).toEqual([{ 'x";drop table public.probes;--': 1 }])
  expect((await probes().select('n')).data).toHaveLength(5)
})

test('odd column names work when quoted', async () => {
  const query = new URLSearchParams({
    select: '"odd name",n',
    '"odd name"': 'is.null',
    order: '"odd name".desc,n',
    limit: '1',
  })

  const answer = await fetch(`${stack.url}/rest/v1/probes?${query}`, { headers: { apikey: stack.keys.secretKey } })

  expect(await answer.json()).toEqual([{ 'odd name': null, n: 1 }])
})
