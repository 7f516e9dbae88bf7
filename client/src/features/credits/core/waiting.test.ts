import { expect, it } from 'vitest'
import { askAgainIn, slowAfter } from './waiting.ts'

it('asks often at first, then calmly, and not at all once it is over', () => {
  expect([askAgainIn('open', 0), askAgainIn('open', slowAfter)]).toEqual([1_500, 10_000])
  expect([askAgainIn('processing', 0), askAgainIn('processing', slowAfter)]).toEqual([5_000, 60_000])
  expect([askAgainIn('paid', 0), askAgainIn('failed', 0), askAgainIn('expired', 0)]).toEqual([null, null, null])
})
