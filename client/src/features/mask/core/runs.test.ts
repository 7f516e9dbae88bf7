import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRaster, everywhere, fillRect } from './raster.ts'
import { decodeRuns, encodeRuns } from './runs.ts'

test('any mask comes back from its runs, whole or in part', () => {
  const sides = fc.integer({ min: 1, max: 40 })
  fc.assert(
    fc.property(sides, sides, fc.infiniteStream(fc.boolean()), (width, height, painted) => {
      const raster = createRaster(width, height)
      for (let i = 0; i < raster.bits.length; i += 1) raster.bits[i] = painted.next().value ? 255 : 0
      const rect = { left: Math.floor(width / 3), top: Math.floor(height / 3), right: width, bottom: height }
      const whole = createRaster(width, height)
      decodeRuns(whole, everywhere(raster), encodeRuns(raster, everywhere(raster)))
      expect(whole.bits).toEqual(raster.bits)
      const part = createRaster(width, height)
      decodeRuns(part, rect, encodeRuns(raster, rect))
      for (let y = rect.top; y < rect.bottom; y += 1) {
        for (let x = rect.left; x < width; x += 1) {
          expect(part.bits[y * width + x]).toBe(raster.bits[y * width + x])
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('a painted megapixel takes a few kilobytes', () => {
  const raster = createRaster(1_024, 1_024)
  fillRect(raster, { x: 100, y: 100 }, { x: 700, y: 800 }, 255)
  expect(encodeRuns(raster, everywhere(raster)).length).toBeLessThan(4_000)
})
