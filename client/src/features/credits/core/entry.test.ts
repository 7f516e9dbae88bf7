import { expect, it } from 'vitest'
import type { LedgerEntry } from '#shared/credits/schema.ts'
import { entryWords, signed } from './entry.ts'

const base: LedgerEntry = {
  id: '1',
  at: '2026-11-23T12:00:00Z',
  kind: 'spent',
  delta: -2,
  balanceAfter: 46,
  job: {
    id: 'j',
    transmission: 'b7e0413d',
    mode: 'mashup',
    status: 'succeeded',
    errorCode: null,
    step: 35,
    thumbUrl: null,
  },
  purchaseId: null,
}
const titleOf = (mode: string) => (mode === 'mashup' ? 'Mashup' : mode)

function withJob(kind: LedgerEntry['kind'], status: 'failed' | 'canceled', step: number): LedgerEntry {
  return { ...base, kind, delta: 2, job: base.job && { ...base.job, status, step } }
}

it.each<[LedgerEntry, string]>([
  [base, 'Spent Mashup'],
  [withJob('returned', 'failed', 12), 'Returned Mashup, stopped at step 12'],
  [withJob('returned', 'failed', 0), 'Returned Mashup'],
  [withJob('returned', 'canceled', 3), 'Returned Mashup, canceled'],
  [{ ...base, kind: 'bought', delta: 50, job: null }, 'Bought 50 credits'],
  [{ ...base, kind: 'clawed', delta: -50, job: null }, 'Taken back after a refund or dispute'],
])('%# is told as %s', (entry, sentence) => {
  const { word, detail } = entryWords(entry, titleOf)

  expect(`${word} ${detail}`).toBe(sentence)
})

it('signs with a minus, not a hyphen', () => {
  expect([signed(50), signed(-2), signed(0)]).toEqual(['+50', '−2', '0'])
})
