import { describe, expect, it } from 'vitest'
import { remainingMs } from './remaining.ts'
import { createStageClock } from './stage-clock.ts'

const sampling = (step: number) => ({ stage: 'sampling' as const, step, steps: 28, progress: 0 })

describe('remainingMs', () => {
  it('goes by the pace of the steps so far and adds what follows them', () => {
    expect(remainingMs(sampling(11), { sampling: 1_000 })).toBe(100 * 17 + 1_200)
  })

  it('is unknown until three steps are done', () => {
    expect(remainingMs(sampling(2), { sampling: 5 })).toBe(Number.POSITIVE_INFINITY)
    expect(remainingMs({ ...sampling(0), stage: 'loading' }, {})).toBe(Number.POSITIVE_INFINITY)
  })

  it('is foreseen from the last of its kind until it has a pace of its own, and unknown once it takes longer', () => {
    const loading = { ...sampling(0), stage: 'loading' as const }

    expect(remainingMs({ ...loading, stage: 'starting' }, { starting: 9_000 }, 800)).toBe(800 + 1_200)
    expect(remainingMs(loading, { loading: 500 }, 800)).toBe(300 + 1_200)
    expect(remainingMs(loading, { loading: 900 }, 800)).toBe(Number.POSITIVE_INFINITY)
    expect(remainingMs(sampling(11), { loading: 900, sampling: 1_000 }, 800)).toBe(100 * 17 + 1_200)
  })

  it('is short once the steps are over', () => {
    expect(remainingMs({ ...sampling(28), stage: 'saving' }, { sampling: 9_000 })).toBe(1_200)
  })
})

describe('createStageClock', () => {
  it('sums the time of each stage, also of the one that goes on', () => {
    const clock = createStageClock('starting', 100)
    clock.enter('loading', 150)
    clock.enter('loading', 160)
    clock.enter('sampling', 400)

    expect(clock.read(1_000)).toEqual({ starting: 50, loading: 250, sampling: 600 })
    expect(clock.read(1_100).sampling).toBe(700)
  })
})
