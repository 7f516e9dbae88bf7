import { describe, expect, test } from 'vitest'

import { ApiError } from '../http.ts'
import { limitOf, maxRows, orderOf, pageOf, selectionOf } from './shape.ts'

const source = {
  name: 'probes',
  columns: [
    { name: 'id', type: 'uuid' },
    { name: 'n', type: 'integer' },
    { name: 'odd "name', type: 'text' },
  ],
}
const query = (text: string): URLSearchParams => new URLSearchParams(text)

describe('selectionOf', () => {
  test('names known columns, quoted, and renames them', () => {
    expect(selectionOf(null, source)).toBe('*')
    expect(selectionOf('*', source)).toBe('*')
    expect(selectionOf('id,n', source)).toBe('id, n'.replaceAll(/\w+/g, '"$&"'))
    expect(selectionOf('number:n', source)).toBe('"n" as "number"')
    expect(selectionOf('a"b:n', source)).toBe('"n" as "a""b"')
  })

  test.each(['n::text', 'meta->x', 'owners(*)', 'n.sum()', '...owners(*)', 'owners!inner(id)'])(
    'refuses %s',
    (text) => {
      expect(() => selectionOf(text, source)).toThrow(ApiError)
    },
  )

  test.each(['', 'n,', ':n', 'n:', 'a:b:n', 'N', 'id"; drop table x; --'])('does not parse "%s"', (text) => {
    expect(() => selectionOf(text, source)).toThrow(ApiError)
  })
})

describe('orderOf', () => {
  test('spells direction and the place of nulls', () => {
    expect(orderOf(null, source)).toBe('')
    expect(orderOf('n', source)).toBe(' order by "n" asc')
    expect(orderOf('n.desc.nullslast,id.asc', source)).toBe(' order by "n" desc nulls last, "id" asc')
    expect(orderOf('n.nullsfirst', source)).toBe(' order by "n" asc nulls first')
  })

  test.each(['nope', 'n.down', 'n.desc;drop', 'owners(n)', 'n desc'])('refuses %s', (text) => {
    expect(() => orderOf(text, source)).toThrow(ApiError)
  })
})

describe('pageOf', () => {
  test('limits every answer', () => {
    expect(pageOf(query(''), null)).toEqual({ offset: 0, limit: maxRows })
    expect(pageOf(query('limit=5000&offset=3'), null)).toEqual({ offset: 3, limit: maxRows })
    expect(pageOf(query('limit=0'), null)).toEqual({ offset: 0, limit: 0 })
  })

  test('takes the narrower of parameters and Range', () => {
    expect(pageOf(query(''), '5-9')).toEqual({ offset: 5, limit: 5 })
    expect(pageOf(query(''), '5-')).toEqual({ offset: 5, limit: maxRows })
    expect(pageOf(query('offset=7&limit=10'), '5-9')).toEqual({ offset: 7, limit: 3 })
    expect(pageOf(query('limit=2'), 'bytes=0-1')).toEqual({ offset: 0, limit: 2 })
  })

  test.each(['limit=-1', 'offset=-1', 'limit=x', 'limit=1.5', 'limit=1e3', 'limit=', 'limit=99999999999999999999'])(
    'refuses %s',
    (text) => {
      expect(() => pageOf(query(text), null)).toThrow(ApiError)
    },
  )

  test('refuses a range that ends before it begins', () => {
    expect(() => pageOf(query(''), '9-5')).toThrow(ApiError)
  })

  test('spells whole numbers only', () => {
    expect(limitOf({ offset: 0, limit: 10 })).toBe(' limit 10')
    expect(limitOf({ offset: 20, limit: 10 })).toBe(' limit 10 offset 20')
  })
})
