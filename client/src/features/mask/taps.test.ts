import { expect, test } from 'vitest'
import { createTaps } from './taps.ts'

const at = { x: 10, y: 10 }

test('two fingers that go down and up at one place are a tap, and so are three', () => {
  const taps = createTaps()
  taps.down(1, at, 0)
  taps.down(2, at, 40)
  expect(taps.up(1, 120)).toBe(0)
  expect(taps.up(2, 160)).toBe(2)
  for (const id of [1, 2, 3]) taps.down(id, at, 1_000)
  expect([1, 2, 3].map((id) => taps.up(id, 1_200))).toEqual([0, 0, 3])
})

test('a pinch, a long hold and a single finger are none', () => {
  const taps = createTaps()
  taps.down(1, at, 0)
  taps.down(2, at, 0)
  taps.move(2, { x: 60, y: 10 })
  taps.up(1, 100)
  expect(taps.up(2, 100)).toBe(0)
  taps.down(1, at, 1_000)
  taps.down(2, at, 1_000)
  taps.up(1, 2_000)
  expect(taps.up(2, 2_000)).toBe(0)
  taps.down(1, at, 3_000)
  expect(taps.up(1, 3_050)).toBe(0)
})
