import { describe, expect, it } from 'vitest'
import { hasJumped } from './clock-jump.ts'

const hour = 3_600_000
const start = { wall: 1_700_000_000_000, monotonic: 5_000 }
const later = (wall: number, monotonic: number) => ({
  wall: start.wall + wall,
  monotonic: start.monotonic + monotonic,
})

describe('hasJumped', () => {
  it('A17 sees a wall clock that is set two hours on or back', () => {
    expect(hasJumped(start, later(2 * hour, 1_000), 1_000)).toBe(true)
    expect(hasJumped(start, later(-2 * hour, 1_000), 1_000)).toBe(true)
  })

  it('A18 sees ten minutes in a snapshot, in which the monotonic clock stood still', () => {
    expect(hasJumped(start, later(600_000, 1_000), 1_000)).toBe(true)
  })

  it('A04 sees that the process was stopped, which both clocks have counted', () => {
    expect(hasJumped(start, later(45_000, 45_000), 1_000)).toBe(true)
  })

  it('takes a busy moment and a clock that is slewed for none', () => {
    expect(hasJumped(start, later(4_000, 4_000), 1_000)).toBe(false)
    expect(hasJumped(start, later(1_200, 1_000), 1_000)).toBe(false)
  })
})
