import { expect, test } from 'vitest'
import { cellAt, cellRect, fillCells, gridSide, isCellPainted, paintedCells } from './grid.ts'
import { coverage, createRaster } from './raster.ts'

test('the cells are the picture, each pixel in exactly one, whatever its size', () => {
  for (const [width, height] of [
    [1024, 680],
    [333, 97],
  ] as const) {
    const raster = createRaster(width, height)
    let pixels = 0
    for (let row = 0; row < gridSide; row += 1) {
      for (let column = 0; column < gridSide; column += 1) {
        const { left, top, right, bottom } = cellRect({ column, row }, raster)
        pixels += (right - left) * (bottom - top)
        expect(cellAt({ x: left + 0.5, y: top + 0.5 }, raster)).toEqual({ column, row })
      }
    }
    expect(pixels).toBe(width * height)
  }
})

test('painting from one cell to another paints the block between them, in either direction', () => {
  const raster = createRaster(160, 160)
  fillCells(raster, { column: 5, row: 4 }, { column: 3, row: 2 }, 255)
  expect(coverage(raster)).toBe(9 / 256)
  expect(paintedCells(raster).filter(Boolean)).toHaveLength(9)
  fillCells(raster, { column: 3, row: 2 }, { column: 3, row: 2 }, 0)
  expect(isCellPainted(raster, { column: 3, row: 2 })).toBe(false)
})

test('a place beyond the edge counts as the nearest cell', () => {
  expect(cellAt({ x: -5, y: 9_999 }, { width: 100, height: 100 })).toEqual({ column: 0, row: gridSide - 1 })
})
