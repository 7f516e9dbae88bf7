import { expect, test } from 'vitest'
import type { BenchRow } from './report.ts'
import { judge } from './targets.ts'

const row: BenchRow = { what: '-', value: 6, unit: 'ms', peer: 'floor', peerValue: 4, samples: 1 }

test('a value, a ratio and what is over the peer are each held to their own limit', () => {
  expect(judge({ ...row, what: 'enqueue, SQL, p50' })).toEqual({ text: '≤ 3 ms', held: false })
  expect(judge({ ...row, what: 'the claim call alone, p50' })).toEqual({ text: '≤ 1.5×', held: true })
  expect(judge({ ...row, what: '100 queued jobs of 1.5 MB, wall time a job' })).toEqual({ text: '≤ +5 ms', held: true })
})

test('a rate is held from below', () => {
  const enqueue: BenchRow = { ...row, what: 'enqueue, SQL, 8 connections', unit: '/s', value: 2_500 }

  expect(judge(enqueue)).toEqual({ text: '≥ 2000 /s', held: true })
})

test('a budget is its own target, and a row that nothing is promised about has none', () => {
  expect(judge({ ...row, peer: 'budget' })).toEqual({ text: '≤ 1×', held: false })
  expect(judge(row)).toBeNull()
})

test('a figure that could not be measured holds nothing', () => {
  expect(judge({ ...row, what: 'enqueue, SQL, p50', value: Number.NaN })?.held).toBe(false)
})
