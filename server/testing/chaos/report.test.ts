import { expect, it } from 'vitest'
import { planOf } from './plan.ts'
import { addBatch, lineOf, sentenceOf, tableOf, timesOf } from './report.ts'

const result = (seed: number, offences: { promise: string; offence: string }[] = []) => ({
  plan: planOf(seed, { only: ['reload'] }),
  ms: 4_000,
  cpuSeconds: 3,
  phases: { renew: 500, act: 2_000, rest: 1_000, check: 500 },
  ends: { succeeded: 3, canceled: 1 },
  offences,
  patience: seed,
  missed: [],
  pressed: [],
})

it('one line says the seed, whether every promise was kept, and by what it was tried', () => {
  expect(lineOf(result(3))).toMatch(/^seed 3 ok · 4\.0 s · 3 succeeded, 1 canceled · reload/)
  expect(lineOf(result(3))).toContain('given 3 times as long')
  expect(lineOf(result(3, [{ promise: 'I1', offence: 'x' }]))).toContain('BROKEN (1)')
})

const bad = [{ promise: 'I1', offence: 'x' }]

it('a record adds up over batches and names the seeds that broke a promise last', () => {
  const one = [result(1), result(2, bad)]
  const first = addBatch(null, { all: one, fresh: one }, '2030-01-01')
  const other = [result(3)]
  const both = addBatch(first, { all: other, fresh: other }, '2030-01-02')

  expect(both).toMatchObject({ runs: 3, broken: 1, quiet: 1, images: 12, last: { fromSeed: 3, toSeed: 3, broken: [] } })
  expect(first.last.broken).toEqual([2])
  expect(tableOf(both)).toContain('**3 runs so far**')
  expect(sentenceOf(both)).toContain('every promise kept')
})

it('a batch that is written down in parts counts each run once and is one batch', () => {
  const all = [result(1), result(2, bad), result(3)]
  const half = addBatch(null, { all: all.slice(0, 2), fresh: all.slice(0, 2) }, '2030-01-01')
  const whole = addBatch(half, { all, fresh: all.slice(2) }, '2030-01-01')

  expect(whole).toEqual(addBatch(null, { all, fresh: all }, '2030-01-01'))
})

it('the times of a batch say where they went', () => {
  expect(timesOf([result(1)])).toBe(
    'median 4 s a run, 3 s of processor time; mean seconds: renew 0.50, act 2.00, rest 1.00, check 0.50',
  )
})
