import { expect, test } from 'vitest'
import { findChanges } from './changes.ts'

const grey = (...values: number[]) => Uint8ClampedArray.from(values.flatMap((value) => [value, value, value, 255]))

test('what changed is bare, the rest lies under a veil', () => {
  const { veil, share, outside } = findChanges(grey(1, 2, 3, 4), grey(1, 9, 3, 4), Uint8Array.of(0, 255, 20, 0))

  expect([...veil]).toEqual([255, 0, 255, 255])
  expect([share, outside]).toEqual([0.25, 0])
})

test('a change where nothing was to be painted is counted', () => {
  expect(findChanges(grey(1, 2), grey(0, 2), Uint8Array.of(0, 255)).outside).toBe(1)
  expect(findChanges(grey(1, 2), grey(0, 2), null).outside).toBe(0)
})
