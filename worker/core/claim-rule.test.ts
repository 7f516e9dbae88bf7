import { describe, expect, it } from 'vitest'
import { aheadLimitMs, aheadMs, claimKind, overdueAhead, runningIndex } from './claim-rule.ts'

const box = { depth: 2, parallel: false }
const provider = { depth: 3, parallel: true }
const far = { begun: true, remainingMs: aheadMs + 1, heldMs: 0 }
const near = { ...far, remainingMs: aheadMs }
const waiting = { begun: false, remainingMs: Number.POSITIVE_INFINITY, heldMs: 0 }

describe('claimKind', () => {
  it('claims for a GPU that has nothing to do, also while a picture is on its way out', () => {
    expect(claimKind({ inHand: 0, gpu: [] }, box)).toBe('now')
    expect(claimKind({ inHand: 2, gpu: [] }, box)).toBe('now')
  })

  it('claims one ahead once the running one is near its end, and no second', () => {
    expect(claimKind({ inHand: 1, gpu: [far] }, box)).toBe('none')
    expect(claimKind({ inHand: 1, gpu: [waiting] }, box)).toBe('none')
    expect(claimKind({ inHand: 1, gpu: [near] }, box)).toBe('ahead')
    expect(claimKind({ inHand: 2, gpu: [near, waiting] }, box)).toBe('none')
  })

  it('never holds more than three', () => {
    expect(claimKind({ inHand: 3, gpu: [near] }, box)).toBe('none')
    expect(claimKind({ inHand: 3, gpu: [] }, box)).toBe('none')
  })

  it('claims for every free place where attempts run side by side', () => {
    expect(claimKind({ inHand: 2, gpu: [far, waiting] }, provider)).toBe('now')
    expect(claimKind({ inHand: 3, gpu: [far, far, far] }, provider)).toBe('none')
  })
})

describe('runningIndex', () => {
  it('is the one that has begun, or else the first', () => {
    expect(runningIndex([])).toBe(-1)
    expect(runningIndex([waiting, waiting])).toBe(0)
    expect(runningIndex([waiting, far])).toBe(1)
  })
})

describe('overdueAhead', () => {
  it('names those that have waited long behind one whose end is not in sight', () => {
    const long = { ...waiting, heldMs: aheadLimitMs + 1 }

    expect(overdueAhead([far, long])).toEqual([1])
    expect(overdueAhead([far, waiting])).toEqual([])
    expect(overdueAhead([near, long])).toEqual([])
    expect(overdueAhead([])).toEqual([])
  })
})
