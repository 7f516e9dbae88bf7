import { expect, test } from 'vitest'
import { makeImage } from '#client/testing/images.ts'
import { landingRole, missingInput, orderedSlots, withImage, withMoved, withWeight, withoutImage } from './slots.ts'
import type { Input, Slot } from './slots.ts'

const inputs: readonly Input[] = [
  { role: 'base', min: 1, max: 1 },
  { role: 'style', min: 1, max: 3 },
]
const style = inputs[1] ?? { role: 'style', min: 1, max: 3 }

function fill(count: number): Slot[] {
  let slots: Slot[] = []
  for (let i = 0; i < count; i += 1) {
    const role = landingRole(inputs, slots)
    const input = inputs.find((one) => one.role === role)
    if (input) slots = withImage(slots, input, makeImage({ key: `image-${i}` }), null)
  }
  return slots
}

test('what is dropped fills what is missing, then what has room, then takes the place of the first', () => {
  expect(fill(4).map((slot) => slot.role)).toEqual(['base', 'style', 'style', 'style'])
  const five = fill(5)
  expect(five).toHaveLength(4)
  expect(five.find((slot) => slot.role === 'base')?.image.key).toBe('image-4')
})

test('a mode says what it lacks', () => {
  expect(missingInput(inputs, [])?.role).toBe('base')
  expect(missingInput(inputs, fill(1))?.role).toBe('style')
  expect(missingInput(inputs, fill(2))).toBeNull()
})

test('replacing keeps place and strength', () => {
  const weighed = withWeight(fill(3), 'image-1', 0.35)
  const replaced = withImage(weighed, style, makeImage({ key: 'new' }), 'image-1')
  expect(replaced.map(({ image, weight }) => [image.key, weight])).toEqual([
    ['image-0', 1],
    ['new', 0.35],
    ['image-2', 1],
  ])
})

test('styles change places among themselves and stay at either end', () => {
  const slots = fill(4)
  const keys = (from: readonly Slot[]) => orderedSlots(inputs, from).map((slot) => slot.image.key)
  expect(keys(withMoved(slots, 'style', 'image-3', -1))).toEqual(['image-0', 'image-1', 'image-3', 'image-2'])
  expect(keys(withMoved(slots, 'style', 'image-1', -1))).toEqual(['image-0', 'image-1', 'image-2', 'image-3'])
  expect(keys(withoutImage(slots, 'style', 'image-2'))).toEqual(['image-0', 'image-1', 'image-3'])
})
