import { expect, test } from 'vitest'
import { noon } from '#client/testing/jobs.ts'
import { pressFor, pressLifetime } from './request.ts'
import type { PressBody } from './request.ts'

function makeBody(overrides: Partial<PressBody> = {}): PressBody {
  return {
    mode: 'remix',
    count: 1,
    prompt: 'linocut',
    negative: '',
    creativity: 50,
    chaos: 30,
    seed: '1',
    inputs: [],
    mask: null,
    aspect: null,
    purse: 'free',
    expectedPrice: 1,
    ...overrides,
  }
}

test('the same request without an answer keeps its id', () => {
  const open = pressFor(null, makeBody(), noon, 'first')

  expect(pressFor(open, makeBody(), noon + 1_000, 'second')).toEqual(open)
})

test('any change makes another request', () => {
  const open = pressFor(null, makeBody(), noon, 'first')

  expect(pressFor(open, makeBody({ seed: '2' }), noon, 'second').requestId).toBe('second')
  expect(pressFor(open, makeBody({ expectedPrice: 2 }), noon, 'second').requestId).toBe('second')
})

test('a press that is too old is not taken up again', () => {
  const open = pressFor(null, makeBody(), noon, 'first')

  expect(pressFor(open, makeBody(), noon + pressLifetime, 'second').requestId).toBe('second')
})
