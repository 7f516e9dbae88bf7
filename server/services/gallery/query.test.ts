import { expect, test } from 'vitest'
import { toQuery } from './query.ts'

test('nothing asked for narrows nothing', () => {
  expect(toQuery({})).toEqual({
    modes: null,
    not_modes: null,
    from: null,
    to: null,
    favourite: null,
    masked: false,
    deleted: false,
    patterns: null,
    transmission: null,
  })
})

test('every word must match, and signs that LIKE reads are taken as written', () => {
  const { patterns, transmission } = toQuery({ text: String.raw`  100% wool_\ ` })

  expect(patterns).toEqual([String.raw`%100\%%`, String.raw`%wool\_\\%`])
  expect(transmission).toBeNull()
})

test('one word may be a transmission number', () => {
  expect(toQuery({ text: '3FD2C81E' }).transmission).toBe('3fd2c81e')
})

test('a house style is a mode, and another mode with it matches nothing', () => {
  expect(toQuery({ style: 'tonic' }).modes).toEqual(['tonic'])
  expect(toQuery({ style: 'tonic', mode: 'remix' }).modes).toEqual([])
  expect(toQuery({ style: 'none', mode: 'remix' })).toMatchObject({ modes: ['remix'], not_modes: ['tonic'] })
})
