import { expect, it } from 'vitest'
import { planOf } from './plan.ts'
import { addBatch, lineOf, tableOf } from './report.ts'

const result = (seed: number, offences: { promise: string; offence: string }[] = []) => ({
  plan: planOf(seed, { only: ['reload'] }),
  ms: 4_000,
  ends: { succeeded: 3, canceled: 1 },
  offences,
  missed: [],
  pressed: [],
})

it('one line says the seed, whether every promise was kept, and by what it was tried', () => {
  expect(lineOf(result(3))).toMatch(/^seed 3 ok · 4\.0 s · 3 succeeded, 1 canceled · reload/)
  expect(lineOf(result(3, [{ promise: 'I1', offence: 'x' }]))).toContain('BROKEN (1)')
})

it('a record adds up over batches and names the seeds that broke a promise last', () => {
  const first = addBatch(null, [result(1), result(2, [{ promise: 'I1', offence: 'x' }])], '2030-01-01')
  const both = addBatch(first, [result(3)], '2030-01-02')

  expect(both).toMatchObject({ runs: 3, broken: 1, images: 12, last: { fromSeed: 3, toSeed: 3, broken: [] } })
  expect(first.last.broken).toEqual([2])
  expect(tableOf(both)).toContain('**3 runs so far**')
  expect(tableOf(both)).toContain('every promise kept')
})
