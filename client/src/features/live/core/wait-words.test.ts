import { expect, test } from 'vitest'
import { noWorkerWords, queuedWords, waitWords } from './wait-words.ts'

const unknown = { etaMs: null, p90Ms: null, late: false }

test('a wait that hardly varies is one figure, one that does is a span', () => {
  expect(waitWords({ etaMs: 40_000, p90Ms: 50_000, late: false })).toBe('about 40 s')
  expect(waitWords({ etaMs: 40_000, p90Ms: 180_000, late: false })).toBe('40 s to 3 min')
})

test('what is unknown is not said, and what takes longer than nine of ten is', () => {
  expect(waitWords(unknown)).toBeNull()
  expect(waitWords({ etaMs: null, p90Ms: 20_000, late: false })).toBe('20 s at most, as a rule')
  expect(waitWords({ ...unknown, late: true })).toBe('longer than usual')
})

test('a place says whether the model is warm', () => {
  const wait = { etaMs: 40_000, p90Ms: null, late: false }

  expect(queuedWords({ kind: 'queued', ahead: 2, wait, warm: true })).toEqual({
    big: '3rd in line',
    soft: 'about 40 s, model warm',
  })
  expect(queuedWords({ kind: 'queued', ahead: 0, wait: unknown, warm: false }).soft).toBe('the model loads first')
  expect(queuedWords({ kind: 'queued', ahead: 0, wait: unknown })).toEqual({ big: 'Next in line', soft: null })
})

test('a box on its way is told with its time, and none as none', () => {
  expect(noWorkerWords(90_000).soft).toBe('starting one, about 90 s')
  expect(noWorkerWords(0).soft).toBe('starting one, any moment now')
  expect(noWorkerWords(null).soft).toBe('your place is kept')
})
