import { describe, expect, test } from 'vitest'
import {
  coverage,
  createRaster,
  fillEllipse,
  fillOutline,
  fillRect,
  flood,
  invert,
  resized,
  strokeTo,
} from './raster.ts'
import type { Raster } from './raster.ts'

/** The mask as text, one line a row: # is painted. */
function picture({ width, height, bits }: Raster): string[] {
  return Array.from({ length: height }, (_, y) =>
    Array.from(bits.subarray(y * width, y * width + width), (bit) => (bit === 255 ? '#' : '.')).join(''),
  )
}

describe('the brush', () => {
  test('of one pixel paints one pixel', () => {
    const raster = createRaster(5, 3)
    const dab = { x: 2.3, y: 1.8, radius: 0.5 }
    strokeTo(raster, dab, dab, 255)
    expect(picture(raster)).toEqual(['.....', '..#..', '.....'])
  })

  test('is round, clipped at the edge, and says what it touched', () => {
    const raster = createRaster(6, 6)
    const dab = { x: 1, y: 1, radius: 2 }
    const rect = strokeTo(raster, dab, dab, 255)
    expect(picture(raster).slice(0, 4)).toEqual(['###...', '###...', '##....', '......'])
    expect(rect.left).toBe(0)
    expect(rect.top).toBe(0)
    expect(rect.right).toBeGreaterThanOrEqual(3)
  })

  test('leaves no gap however fast the hand is, and erases what it painted', () => {
    const raster = createRaster(200, 20)
    const from = { x: 5, y: 10, radius: 4 }
    const to = { x: 195, y: 10, radius: 4 }
    strokeTo(raster, from, to, 255)
    for (let x = 5; x < 195; x += 1) {
      expect(raster.bits[7 * 200 + x]).toBe(255)
      expect(raster.bits[12 * 200 + x]).toBe(255)
    }
    strokeTo(raster, from, { ...from, radius: 4 }, 0)
    strokeTo(raster, from, to, 0)
    expect(raster.bits[10 * 200 + 100]).toBe(0)
  })
})

test('a rectangle is exact, whichever corner comes first', () => {
  const raster = createRaster(5, 4)
  expect(fillRect(raster, { x: 4, y: 3 }, { x: 1, y: 1 }, 255)).toEqual({ left: 1, top: 1, right: 4, bottom: 3 })
  expect(picture(raster)).toEqual(['.....', '.###.', '.###.', '.....'])
})

test('an ellipse touches the middle of each side and no corner', () => {
  const raster = createRaster(9, 7)
  fillEllipse(raster, { x: 0, y: 0 }, { x: 9, y: 7 }, 255)
  const rows = picture(raster)
  expect(rows[3]).toBe('#########')
  expect(rows[0]?.[4]).toBe('#')
  expect(rows[0]?.[0]).toBe('.')
})

test('a lasso fills its inside', () => {
  const raster = createRaster(8, 8)
  const triangle = [
    { x: 1, y: 1 },
    { x: 7, y: 1 },
    { x: 1, y: 7 },
  ]
  fillOutline(raster, triangle, 255)
  expect(raster.bits[2 * 8 + 2]).toBe(255)
  expect(raster.bits[6 * 8 + 6]).toBe(0)
})

test('a fill stops at a closed outline', () => {
  const raster = createRaster(9, 9)
  fillRect(raster, { x: 2, y: 2 }, { x: 7, y: 7 }, 255)
  fillRect(raster, { x: 3, y: 3 }, { x: 6, y: 6 }, 0)
  flood(raster, { x: 4, y: 4 }, 255)
  expect(coverage(raster)).toBeCloseTo(25 / 81)
  expect(flood(raster, { x: 4, y: 4 }, 255).left).toBe(Infinity)
})

test('inverting twice is nothing, and coverage is a share', () => {
  const raster = createRaster(4, 4)
  fillRect(raster, { x: 0, y: 0 }, { x: 4, y: 1 }, 255)
  expect(coverage(raster)).toBe(0.25)
  invert(raster)
  expect(coverage(raster)).toBe(0.75)
})

test('at another size it is the same picture', () => {
  const raster = createRaster(4, 4)
  fillRect(raster, { x: 0, y: 0 }, { x: 2, y: 4 }, 255)
  expect(picture(resized(raster, 8, 2))).toEqual(['####....', '####....'])
})
