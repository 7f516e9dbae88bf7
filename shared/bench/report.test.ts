import { expect, test } from 'vitest'
import { type BenchRow, quantile, toMarkdown } from './report.ts'

test('a quantile is one of the samples, by nearest rank', () => {
  const samples = [5, 1, 4, 2, 3]

  expect(quantile(samples, 0.5)).toBe(3)
  expect(quantile(samples, 0.95)).toBe(5)
  expect(quantile(samples, 0)).toBe(1)
})

test('no samples have no quantile', () => {
  expect(quantile([], 0.5)).toBeNaN()
})

const claim: BenchRow = { what: 'claim p50', value: 3, unit: 'ms', peer: 'floor', peerValue: 1.5, samples: 200 }

test('a row shows ours, the peer and the ratio', () => {
  const table = toMarkdown([claim], '2026-11-24')

  expect(table.split('\n').at(-1)).toBe('| claim p50 | 3.00 ms |  | floor: 1.50 ms | 2.00× | 200 | 2026-11-24 |')
})

test('a row with a target shows whether it holds', () => {
  const table = toMarkdown([{ ...claim, what: 'the claim call alone, p50' }], '2026-11-24')

  expect(table).toContain('| 3.00 ms | ≤ 1.5× ✗ |')
})
