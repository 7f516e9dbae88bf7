import { expect, it } from 'vitest'
import { extendTo, nothingSelected, toggle, without } from './selection.ts'

const all = ['a', 'b', 'c', 'd', 'e']

it('one is chosen and let go again', () => {
  const one = toggle(nothingSelected, 'b')

  expect([...one.ids]).toEqual(['b'])
  expect([...toggle(one, 'b').ids]).toEqual([])
})

it('a range starts where the last choice was, in either direction, and keeps its start', () => {
  const start = toggle(nothingSelected, 'c')

  expect([...extendTo(start, all, 'e').ids]).toEqual(['c', 'd', 'e'])
  expect([...extendTo(extendTo(start, all, 'd'), all, 'b').ids].toSorted()).toEqual(['b', 'c', 'd'])
})

it('a range without a start is its end', () => {
  expect([...extendTo(nothingSelected, all, 'd').ids]).toEqual(['d'])
})

it('what is gone is no longer chosen', () => {
  const two = extendTo(toggle(nothingSelected, 'a'), all, 'b')

  expect(without(two, new Set(['a']))).toEqual({ ids: new Set(['b']), anchor: null })
  expect(without(two, new Set(['x']))).toBe(two)
})
