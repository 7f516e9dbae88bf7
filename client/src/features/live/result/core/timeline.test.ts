import { expect, test } from 'vitest'
import { stepOfTile, tilesOf } from './timeline.ts'

test('a strip tells how many tiles it has by the shape of the result', () => {
  expect(tilesOf({ width: 12 * 192, height: 128 }, { width: 1_248, height: 832 })).toBe(12)
  expect(tilesOf({ width: 4 * 128, height: 192 }, { width: 832, height: 1_248 })).toBe(4)
  expect(tilesOf({ width: 192, height: 141 }, { width: 1_184, height: 872 })).toBe(1)
})

test('tiles stand for the last step of their part', () => {
  expect(Array.from({ length: 4 }, (_, index) => stepOfTile(index, 4, 4))).toEqual([1, 2, 3, 4])
  expect(stepOfTile(0, 12, 28)).toBe(3)
  expect(stepOfTile(11, 12, 28)).toBe(28)
})
