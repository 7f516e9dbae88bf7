import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { softenMask } from '#shared/mask/soften.ts'
import { drawOverlay, resoften } from './overlay.ts'
import { createRaster, everywhere, fillRect, strokeTo } from './raster.ts'

test('softening only where something changed gives what softening everything gives', () => {
  const at = fc.integer({ min: 0, max: 95 })
  const softness = fc.record({ grow: fc.integer({ min: -12, max: 12 }), feather: fc.integer({ min: 0, max: 14 }) })
  fc.assert(
    fc.property(
      softness,
      fc.array(fc.tuple(at, at, fc.integer({ min: 1, max: 14 }), fc.boolean()), { maxLength: 6 }),
      (soft, dabs) => {
        const raster = createRaster(96, 80)
        const shown = softenMask(raster.bits, 96, 80, soft)
        for (const [x, y, radius, paints] of dabs) {
          const dab = { x, y, radius }
          const rect = strokeTo(raster, dab, dab, paints ? 255 : 0)
          resoften(raster, shown, rect, soft)
        }
        expect(shown).toEqual(softenMask(raster.bits, 96, 80, soft))
      },
    ),
    { numRuns: 60 },
  )
})

test('the overlay is nothing where nothing is repainted, the colour inside, and a light line at the rim', () => {
  const raster = createRaster(30, 30)
  fillRect(raster, { x: 10, y: 10 }, { x: 20, y: 20 }, 255)
  const soft = softenMask(raster.bits, 30, 30, { grow: 0, feather: 0 })
  const out = new Uint8ClampedArray(30 * 30 * 4)
  drawOverlay({ width: 30, height: 30, data: out }, soft, everywhere(raster), {
    colour: [255, 0, 0],
    opacity: 0.5,
    line: 1,
  })
  const pixel = (x: number, y: number) => [...out.subarray((y * 30 + x) * 4, (y * 30 + x) * 4 + 4)]
  expect(pixel(2, 2)[3]).toBe(0)
  expect(pixel(15, 15)).toEqual([255, 0, 0, 128])
  expect(pixel(10, 15)).toEqual([0xf3, 0xf3, 0xf3, 242])
  expect(pixel(9, 15)).toEqual([0x0b, 0x0b, 0x0b, 153])
})
