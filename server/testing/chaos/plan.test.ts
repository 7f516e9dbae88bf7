import { describe, expect, it } from 'vitest'
import { allKinds, specOf } from './fault-kinds.ts'
import { people, planOf } from './plan.ts'

const seeds = Array.from({ length: 400 }, (_, seed) => seed)

describe('a plan', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planOf(7)).toEqual(planOf(7))
    expect(JSON.stringify(planOf(7))).not.toBe(JSON.stringify(planOf(8)))
    expect(JSON.parse(JSON.stringify(planOf(7)))).toEqual(planOf(7))
  })

  it('reaches every kind of fault within 400 seeds', () => {
    const met = new Set(seeds.flatMap((seed) => planOf(seed).faults.map(({ kind }) => kind)))
    expect([...met].toSorted()).toEqual(allKinds.toSorted())
  })

  it('keeps to the kinds that were asked for', () => {
    const only = ['poison', 'reload'] as const
    const kinds = seeds.slice(0, 40).flatMap((seed) => planOf(seed, { only }).faults.map(({ kind }) => kind))
    expect(new Set(kinds)).toEqual(new Set(only))
  })

  it('rents boxes in few of its seeds: they take longer', () => {
    const rents = seeds.filter((seed) => planOf(seed).faults.some(({ kind }) => specOf(kind).rents === true))
    expect(rents.length / seeds.length).toBeLessThan(0.15)
  })

  it('never asks anybody for more free images than a day has', () => {
    for (const seed of seeds) {
      const used = new Map<number, number>()
      for (const { owner, purse, count } of planOf(seed).presses) {
        expect(purse).toBe(owner < people.buyers ? 'credits' : 'free')
        if (purse === 'free') used.set(owner, (used.get(owner) ?? 0) + count)
      }
      expect(Math.max(0, ...used.values())).toBeLessThanOrEqual(9)
    }
  })

  it('has a burst among its seeds, every mode with few and many images, presses sent twice, and cancels', () => {
    const plans = seeds.map((seed) => planOf(seed))
    expect(plans.some(({ presses }) => presses.length >= 14)).toBe(true)
    const met = new Set(plans.flatMap(({ presses }) => presses.map(({ mode, more }) => `${mode} ${more}`)))
    expect(met.size).toBe(5 * 3)
    expect(plans.some(({ presses }) => presses.some(({ twice }) => twice))).toBe(true)
    expect(plans.some(({ presses }) => presses.some(({ cancel }) => cancel !== null))).toBe(true)
  })
})
