import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compositeMasked } from './composite.ts'

const pixels = 40
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
/** Mostly the two ends, where equality is promised. */
const alphas = fc
  .array(fc.oneof(fc.constant(0), fc.constant(255), fc.integer({ min: 0, max: 255 })), {
    minLength: pixels,
    maxLength: pixels,
  })
  .map((list) => Uint8Array.from(list))

describe('compositeMasked', () => {
  it.each([1, 3, 4])('is the work image bit for bit where alpha is 0, the painted one where it is 255 (%i)', (n) => {
    fc.assert(
      fc.property(bytes(pixels * n), bytes(pixels * n), alphas, (work, painted, alpha) => {
        const out = compositeMasked(work, painted, alpha)
        out.forEach((value, i) => {
          const a = alpha[Math.floor(i / n)] ?? 0
          const w = work[i] ?? 0
          const p = painted[i] ?? 0
          expect(value).toBe(a === 0 ? w : a === 255 ? p : Math.round((w * (255 - a) + p * a) / 255))
        })
      }),
      { numRuns: 50 },
    )
  })

  it('leaves what it was given alone', () => {
    const work = Uint8Array.of(1, 2, 3)
    compositeMasked(work, Uint8Array.of(9, 9, 9), Uint8Array.of(255))
    expect([...work]).toEqual([1, 2, 3])
  })

  it('refuses images of different sizes', () => {
    expect(() => compositeMasked(new Uint8Array(6), new Uint8Array(9), new Uint8Array(2))).toThrow(RangeError)
    expect(() => compositeMasked(new Uint8Array(7), new Uint8Array(7), new Uint8Array(2))).toThrow(RangeError)
  })
})
