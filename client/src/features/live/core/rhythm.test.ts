import { expect, test } from 'vitest'
import { pollDelay } from './rhythm.ts'

test('polls every 2 s without a socket, within 5 s with one, 30 s when nothing runs or nobody looks', () => {
  const middle = { random: 0.5, visible: true }

  expect(pollDelay({ ...middle, open: 1, connected: false })).toBe(2_000)
  expect(pollDelay({ ...middle, open: 1, connected: true })).toBe(4_500)
  expect(pollDelay({ ...middle, open: 0, connected: true })).toBe(30_000)
  expect(pollDelay({ open: 1, connected: true, visible: false, random: 0.5 })).toBe(30_000)
})

test('browsers do not poll in step', () => {
  const at = (random: number) => pollDelay({ open: 1, connected: true, visible: true, random })

  expect(at(1)).toBeLessThan(5_000)
  expect(at(1) - at(0)).toBeGreaterThan(800)
})
