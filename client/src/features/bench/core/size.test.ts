import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { fitWithin, halvingSteps, unusableSize } from './size.ts'

test('scales a 12 MP photograph to 2048 on the long edge', () => {
  expect(fitWithin({ width: 4_032, height: 3_024 })).toEqual({ width: 2_048, height: 1_536 })
  expect(fitWithin({ width: 3_024, height: 4_032 })).toEqual({ width: 1_536, height: 2_048 })
})

test('never enlarges', () => {
  expect(fitWithin({ width: 800, height: 600 })).toEqual({ width: 800, height: 600 })
})

const side = integer({ min: 64, max: 16_000 })

test('keeps the shape within a pixel and the long edge within the limit', () => {
  assert(
    property(side, side, (width, height) => {
      const to = fitWithin({ width, height })
      expect(Math.max(to.width, to.height)).toBeLessThanOrEqual(2_048)
      expect(Math.min(to.width, to.height)).toBeGreaterThanOrEqual(1)
      expect(Math.abs(to.width * height - to.height * width)).toBeLessThanOrEqual(Math.max(width, height))
    }),
  )
})

test('halves on the way down, ends at the target, never goes below it', () => {
  assert(
    property(side, side, (width, height) => {
      const from = { width, height }
      const to = fitWithin(from)
      const steps = halvingSteps(from, to)
      expect(steps.at(-1)).toEqual(to)
      for (const step of steps) expect(step.width).toBeGreaterThanOrEqual(to.width)
    }),
  )
})

test.each([
  [63, 640, 'too-narrow'],
  [63, 200, 'too-small'],
  [64, 256, null],
  [2048, 500, 'too-narrow'],
  [4001, 1000, null],
  [1, 1, 'too-small'],
])('%i × %i is %s', (width, height, expected) => {
  expect(unusableSize({ width, height })).toBe(expected)
})
