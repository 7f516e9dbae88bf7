import { array, assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'

import { ApiError } from '../http.ts'
import { createValues, whereOf } from './filters.ts'
import { parseParenthesised, splitList } from './lists.ts'

const source = {
  name: 'probes',
  columns: ['id', 'n', 'label', 'tags', '__proto__'].map((name) => ({ name, type: 'text' })),
}

function where(text: string): { sql: string; values: unknown[] } {
  const values = createValues()
  return { sql: whereOf(new URLSearchParams(text), source, values), values: values.list }
}

test('each operator compares the column with a parameter', () => {
  expect(where('n=eq.1')).toEqual({ sql: ' where "n" = $1', values: ['1'] })
  expect(where('n=gte.1&n=lt.5')).toEqual({ sql: ' where "n" >= $1 and "n" < $2', values: ['1', '5'] })
  expect(where('n=in.(1,2)')).toEqual({ sql: ' where "n" = any($1)', values: [['1', '2']] })
  expect(where('n=not.in.(1)')).toEqual({ sql: ' where not ("n" = any($1))', values: [['1']] })
  expect(where('label=is.null')).toEqual({ sql: ' where "label" is null', values: [] })
  expect(where('label=ilike.*a.b*')).toEqual({ sql: ' where "label" ilike $1', values: ['%a.b%'] })
  expect(where('select=n&order=n&limit=1&offset=2')).toEqual({ sql: '', values: [] })
})

test('a value is taken whole after its operator', () => {
  expect(where('label=eq.not.eq.a').values).toEqual(['not.eq.a'])
  expect(where('label=eq.').values).toEqual([''])
  expect(where(`label=eq.${encodeURIComponent("'; drop table x")}`)).toEqual({
    sql: ' where "label" = $1',
    values: ["'; drop table x"],
  })
})

test.each([
  ['n=1', 'PGRST100'],
  ['n=foo.1', 'PGRST100'],
  ['n=constructor.1', 'PGRST100'],
  ['n=is.constructor', 'PGRST100'],
  ['n=in.1,2', 'PGRST100'],
  ['n=in.("a)', 'PGRST100'],
  ['n=fts.x', 'PGRST127'],
  ['n=eq(any).{1}', 'PGRST127'],
  ['or=(n.eq.1)', 'PGRST127'],
  ['not.and=(n.eq.1)', 'PGRST127'],
  ['tags->a=eq.1', 'PGRST127'],
  ['owners.id=eq.1', 'PGRST127'],
  ['columns=n', 'PGRST127'],
  ['on_conflict=n', 'PGRST127'],
  ['nope=eq.1', '42703'],
  ['toString=eq.1', '42703'],
])('%s is refused with %s', (text, code) => {
  const refused = (): unknown => where(text)

  expect(refused).toThrow(ApiError)
  expect(refused).toThrow(expect.objectContaining({ body: expect.objectContaining({ code }) }))
})

test('lists keep what is quoted', () => {
  expect(splitList('')).toEqual([])
  expect(splitList('a,b')).toEqual(['a', 'b'])
  expect(splitList('"a,b",c')).toEqual(['a,b', 'c'])
  expect(splitList('"say \\"x\\"","\\\\"')).toEqual(['say "x"', '\\'])
  expect(splitList('a"b,c')).toEqual(['a"b', 'c'])
  expect(splitList('a,')).toEqual(['a', ''])
  expect(parseParenthesised('()')).toEqual([])
})

test('quoting any list and parsing it answers the list', () => {
  const quote = (item: string): string => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

  assert(
    property(array(string(), { minLength: 1 }), (items) => {
      expect(parseParenthesised(`(${items.map(quote).join(',')})`)).toEqual(items)
    }),
  )
})

test('no value ever reaches the text of the statement', () => {
  assert(
    property(constantFrom('eq', 'neq', 'gt', 'like', 'cs', 'not.lt'), string({ minLength: 8 }), (operator, value) => {
      const { sql, values } = where(new URLSearchParams({ label: `${operator}.${value}` }).toString())

      expect(values).toEqual([operator === 'like' ? value.replaceAll('*', '%') : value])
      expect(sql).toMatch(/^ where (?:not \()?"label" \S+ \$1\)?$/)
    }),
  )
})
