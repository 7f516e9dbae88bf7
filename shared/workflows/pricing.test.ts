import { describe, expect, it } from 'vitest'
import { priceOf } from './pricing.ts'

describe('priceOf', () => {
  it('counts every image of a press', () => {
    expect(priceOf({ price: 3 }, 4)).toBe(12)
  })
})
