import { expect, it } from 'vitest'
import { append, freshOf, putBack, takeOut } from './items.ts'
import type { Item } from './items.ts'

const item = (id: string): Item => ({ id, width: 4, height: 3, colour: null, favourite: false, failed: false })
const of = (ids: string) => Array.from(ids, item)
const ids = (items: readonly Item[]) => items.map(({ id }) => id).join('')

it('pages add up without repeats', () => {
  expect(ids(append(of('abc'), of('cde')))).toBe('abcde')
})

it('only what lies above the newest known one is new, and not what was just removed', () => {
  expect(ids(freshOf(of('cde'), of('abcd'), new Set()))).toBe('ab')
  expect(ids(freshOf(of('cde'), of('abcd'), new Set(['a'])))).toBe('b')
  expect(ids(freshOf([], of('ab'), new Set()))).toBe('ab')
})

it('what is taken out comes back where it lay', () => {
  const { left, taken } = takeOut(of('abcdef'), new Set(['a', 'c', 'd', 'f']))

  expect(ids(left)).toBe('be')
  expect(ids(putBack(left, taken))).toBe('abcdef')
  expect(ids(putBack(of('xbye'), taken))).toBe('xabycdef')
})

it('beside a neighbour that is gone it comes first, and never twice', () => {
  const { taken } = takeOut(of('abc'), new Set(['b']))

  expect(ids(putBack(of('ax'), taken))).toBe('bax')
  expect(ids(putBack(of('abc'), taken))).toBe('abc')
})
