import { expect, test } from 'vitest'
import { skewOf } from './clock-skew.ts'

const madeAt = 1_795_000_000
const session = { expires_at: madeAt + 3_600, expires_in: 3_600 }
const hour = 3_600_000

test.each([
  ['right', 2_000, 0],
  ['four minutes fast', 240_000, 0],
  ['two hours fast', 2 * hour, 2 * hour],
  ['a day slow', -24 * hour, -24 * hour],
])('a clock that is %s', (_name, off, told) => {
  expect(skewOf(session, madeAt * 1_000 + off)).toBe(told)
})

test('a token that names no end says nothing about the clock', () => {
  expect(skewOf({ expires_in: 3_600 }, 0)).toBe(0)
})
