import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskLimits } from './rules.ts'
import { softenMask } from './soften.ts'

const width = 13
const height = 9
const pixels = { minLength: width * height, maxLength: width * height }
const rarely = (value: boolean) =>
  fc.array(
    fc.integer({ min: 0, max: 40 }).map((n) => (n === 0) === value),
    pixels,
  )
const masks = fc.oneof(fc.array(fc.boolean(), pixels), rarely(true), rarely(false))
const softness = fc.record({
  grow: fc.integer({ min: -4, max: 6 }),
  feather: fc.integer({ min: 0, max: 6 }),
})
const grey = (mask: readonly boolean[]) => Uint8Array.from(mask, (on) => (on ? 255 : 0))
const soften = (mask: readonly boolean[], soft: { grow: number; feather: number }) =>
  softenMask(grey(mask), width, height, soft)

/** Distance to the nearest pixel of `mask` that is `on`, looked for everywhere. */
function nearest(mask: readonly boolean[], at: number, on: boolean): number {
  const distances = mask.map((value, i) =>
    value === on
      ? Math.hypot((i % width) - (at % width), Math.floor(i / width) - Math.floor(at / width))
      : Number.POSITIVE_INFINITY,
  )
  return Math.min(...distances)
}

describe('softenMask', () => {
  it('equals the definition, pixel by pixel, over every kind of mask and edge', () => {
    fc.assert(
      fc.property(masks, softness, (mask, soft) => {
        const alpha = soften(mask, soft)
        mask.forEach((on, i) => {
          const d = on ? 1 - nearest(mask, i, false) : nearest(mask, i, true)
          const slope = Math.round((255 * (soft.grow + soft.feather - d)) / soft.feather)
          expect(alpha[i]).toBe(d <= soft.grow ? 255 : d >= soft.grow + soft.feather ? 0 : slope)
        })
      }),
      { numRuns: 200 },
    )
  })

  it('never falls when it grows further, is feathered wider, or more is painted', () => {
    fc.assert(
      fc.property(masks, masks, softness, (mask, more, soft) => {
        const alpha = soften(mask, soft)
        const others = [
          soften(mask, { ...soft, grow: soft.grow + 1 }),
          soften(mask, { ...soft, feather: soft.feather + 1 }),
          soften(
            mask.map((on, i) => on || more[i] === true),
            soft,
          ),
        ]
        for (const other of others) expect(alpha.every((value, i) => value <= (other[i] ?? 0))).toBe(true)
      }),
    )
  })

  it('has a hard edge without a feather', () => {
    fc.assert(
      fc.property(masks, fc.integer({ min: -4, max: 6 }), (mask, grow) => {
        expect(soften(mask, { grow, feather: 0 }).every((value) => value === 0 || value === 255)).toBe(true)
      }),
    )
  })

  it('shrinks by whole rings of pixels', () => {
    const square = Array.from({ length: width * height }, (_, i) => i % width > 2 && i % width < 10 && i >= width * 2)
    const columnsAt = (grow: number) => {
      const row = soften(square, { grow, feather: 0 }).slice(width * 5, width * 6)
      return row.filter((value) => value === 255).length
    }

    expect([0, -1, -2, -3, -4].map(columnsAt)).toEqual([7, 5, 3, 1, 0])
  })

  it('is 0 everywhere where nothing is painted and 255 everywhere where all is', () => {
    for (const grow of [maskLimits.grow.min, 0, maskLimits.grow.max]) {
      const soft = { grow, feather: maskLimits.feather.max }
      expect(
        new Set(
          soften(
            Array.from({ length: width * height }, () => false),
            soft,
          ),
        ),
      ).toEqual(new Set([0]))
      expect(
        new Set(
          soften(
            Array.from({ length: width * height }, () => true),
            soft,
          ),
        ),
      ).toEqual(new Set([255]))
    }
  })

  it('reads the red of RGB and RGBA, painted from 128 on', () => {
    const mask = [0, 127, 128, 255]
    const soft = { grow: 0, feather: 0 }

    expect([...softenMask(mask, 4, 1, soft)]).toEqual([0, 0, 255, 255])
    expect([
      ...softenMask(
        mask.flatMap((red) => [red, 200, 0]),
        2,
        2,
        soft,
      ),
    ]).toEqual([0, 0, 255, 255])
    expect([
      ...softenMask(
        mask.flatMap((red) => [red, 200, 200, 255]),
        4,
        1,
        soft,
      ),
    ]).toEqual([0, 0, 255, 255])
  })

  it('reaches as far as the limits allow', () => {
    const long = new Uint8Array(400)
    long[0] = 255
    const alpha = softenMask(long, 400, 1, { grow: maskLimits.grow.max, feather: maskLimits.feather.max })

    expect([alpha[64], alpha[96], alpha[127], alpha[128]]).toEqual([255, 128, 4, 0])
  })

  it('refuses bytes that are not of the size', () => {
    expect(() => softenMask(new Uint8Array(11), 4, 3, { grow: 0, feather: 0 })).toThrow(RangeError)
  })
})
