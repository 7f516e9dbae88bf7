import { expect, test } from 'vitest'
import { errorCodes } from '#shared/errors.ts'
import type { ErrorCode } from '#shared/errors.ts'
import { failureCodes } from '#shared/jobs/rules.ts'
import { money } from './copy.ts'
import { refusals } from './copy-refusals.ts'
import { failures, returned } from './copy-state.ts'

test('every refusal has a sentence that ends, even without its data', () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) expect(refusals[code]({})).toMatch(/^[A-Z].*\.$/)
})

test('what stops a press says that it cost nothing', () => {
  const stops = [
    'PRICE_CHANGED',
    'PURSE_EMPTY',
    'FREE_LIMIT_REACHED',
    'TOO_MANY_JOBS',
    'INTAKE_PAUSED',
    'SPEND_CAP_REACHED',
  ] as const

  for (const code of stops) expect(refusals[code]({})).toContain('Nothing was charged.')
})

test('every failure has a sentence', () => {
  for (const code of failureCodes) expect(failures[code]).toMatch(/\.$/)
})

test('money is whole numbers with their unit', () => {
  expect(money('free', 1)).toBe('1 free image')
  expect(money('credits', 2)).toBe('2 credits')
  expect(returned('credits', 2)).toBe('2 credits returned.')
})
