import { expect, test } from 'vitest'
import type { Slot } from '#client/features/bench/core/slots.ts'
import { comesFrom } from './again-of.ts'

const slots = (...keys: string[]) => keys.map((key) => ({ role: 'base', weight: 1, image: { key } }) as unknown as Slot)
const again = { job: 'j', images: ['a', 'b'], prompt: 'linocut' }

test('a bench comes from a job as long as its images lie there, whatever the words and the order', () => {
  expect(comesFrom(again, { slots: slots('b', 'a'), prompt: 'woodcut' })).toBe(true)
  expect(comesFrom(again, { slots: slots('a'), prompt: 'linocut' })).toBe(false)
  expect(comesFrom(again, { slots: slots('a', 'c'), prompt: 'linocut' })).toBe(false)
})

test('a job of words alone is left with its words', () => {
  const words = { ...again, images: [] }

  expect(comesFrom(words, { slots: [], prompt: 'linocut' })).toBe(true)
  expect(comesFrom(words, { slots: [], prompt: 'woodcut' })).toBe(false)
  expect(comesFrom(words, { slots: slots('a'), prompt: 'linocut' })).toBe(false)
})
