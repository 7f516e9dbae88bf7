import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitToGrid, maxAspect } from './size.ts'

const side = fc.integer({ min: 64, max: 8_192 })
const multiple = fc.constantFrom(8, 16, 32, 64)
const pixels = fc.constantFrom(512 * 512, 1024 * 1024)

describe('fitToGrid', () => {
  it('keeps a square square at one megapixel', () => {
    expect(fitToGrid(500, 500, 1024 * 1024, 16)).toEqual({ width: 1024, height: 1024 })
  })

  it('turns 3:2 into the nearest grid size', () => {
    expect(fitToGrid(1500, 1000, 1024 * 1024, 16)).toEqual({ width: 1248, height: 832 })
  })

  it('crops an extreme panorama to 4:1', () => {
    expect(fitToGrid(8_000, 100, 1024 * 1024, 16)).toEqual({ width: 2048, height: 512 })
  })

  it('pitfall 14: stands on the grid, near the area and near the aspect, whatever comes in', () => {
    fc.assert(
      fc.property(side, side, pixels, multiple, (width, height, area, grid) => {
        const fit = fitToGrid(width, height, area, grid)
        const aspect = Math.min(maxAspect, Math.max(1 / maxAspect, width / height))

        expect(fit.width % grid).toBe(0)
        expect(fit.height % grid).toBe(0)
        if (fit.width === width && fit.height === height) return
        expect(Math.abs(fit.width - Math.sqrt(area * aspect))).toBeLessThanOrEqual(grid / 2)
        expect(Math.abs(fit.height - Math.sqrt(area / aspect))).toBeLessThanOrEqual(grid / 2)
      }),
    )
  })

  it('swaps its answer when the sides are swapped', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        const fit = fitToGrid(width, height, 1024 * 1024, 64)

        expect(fitToGrid(height, width, 1024 * 1024, 64)).toEqual({ width: fit.height, height: fit.width })
      }),
    )
  })

  it('keeps a size that is on the grid already', () => {
    fc.assert(
      fc.property(side, side, pixels, multiple, (width, height, area, grid) => {
        const fit = fitToGrid(width, height, area, grid)

        expect(fitToGrid(fit.width, fit.height, area, grid)).toEqual(fit)
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes no size for one on the grid that has another area', () => {
    expect(fitToGrid(512, 512, 1024 * 1024, 64)).toEqual({ width: 1024, height: 1024 })
    expect(fitToGrid(1088, 1024, 1024 * 1024, 64)).toEqual({ width: 1088, height: 1024 })
    expect(fitToGrid(1152, 1024, 1024 * 1024, 64)).not.toEqual({ width: 1152, height: 1024 })
  })
})
