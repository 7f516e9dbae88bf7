import { expect, test } from 'vitest'
import { dominantColour } from './dominant-colour.ts'

test('the colour that covers most of the picture stands for it, not the mean of all', () => {
  const blue = Array.from({ length: 6 }, () => [16, 32, 200])
  const red = Array.from({ length: 4 }, () => [250, 10, 10])

  expect(dominantColour(Uint8Array.from([...blue, ...red].flat()))).toBe('#1020c8')
})

test('shades of one colour count together', () => {
  const shades = Uint8Array.from([10, 10, 10, 12, 12, 12, 255, 255, 255])

  expect(dominantColour(shades)).toBe('#0b0b0b')
})
