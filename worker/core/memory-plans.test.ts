import { expect, it } from 'vitest'
import { readTemplate } from '#worker/testing/templates.ts'
import { memoryPlans, wantedPixels } from './memory-plans.ts'

const { variant } = readTemplate('remix', 'dev')
const repaint = readTemplate('inpaint', 'sdxl').variant
const sizes = (plans: ReturnType<typeof memoryPlans>) => plans.map(({ pixels }) => pixels)

it('A09 tries a job again with nothing else in memory, then at half the area down to 512 × 512', () => {
  expect(sizes(memoryPlans(variant, {}))).toEqual([1_048_576, 1_048_576, 524_288, 262_144])
  expect(memoryPlans(variant, {}).map(({ smaller }) => smaller)).toEqual([false, false, true, true])
})

it('starts from the area that a request is limited to', () => {
  expect(wantedPixels(variant, { maxPixels: 600_000 })).toBe(600_000)
  expect(sizes(memoryPlans(variant, { maxPixels: 600_000 }))).toEqual([600_000, 600_000, 300_000])
  expect(wantedPixels(variant, { maxPixels: 9_999_999 })).toBe(1_048_576)
})

it('never changes the size of a repaint', () => {
  expect(sizes(memoryPlans(repaint, { maxPixels: 300_000 }))).toEqual([repaint.pixels, repaint.pixels])
})
