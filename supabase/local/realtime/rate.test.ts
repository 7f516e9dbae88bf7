import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRate } from './rate.ts'

test('a burst is allowed at once, the next one when time has passed', () => {
  const rate = createRate(10, 3)

  expect([0, 0, 0, 0].map((now) => rate.take(now))).toEqual([true, true, true, false])
  expect(rate.take(99)).toBe(false)
  expect(rate.take(200)).toBe(true)
})

test('no series of calls gets more than the burst and the rate together', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 }), (gaps) => {
      const rate = createRate(20, 5)
      let now = 0
      let taken = 0
      for (const gap of gaps) {
        now += gap
        if (rate.take(now)) taken += 1
      }

      expect(taken).toBeLessThanOrEqual(5 + (now / 1000) * 20 + 1e-6)
    }),
  )
})

test('a clock that goes back gives nothing away', () => {
  const rate = createRate(10, 1)

  expect([1000, 0, 1000].map((now) => rate.take(now))).toEqual([true, false, true])
})
