import { expect, test } from 'vitest'
import { makeJob } from '#client/testing/jobs.ts'
import { cancelReturns } from './money.ts'

const credits = { purse: 'credits', price: 2 } as const

test('a cancel says what comes back, and says so when nothing does', () => {
  expect(cancelReturns(makeJob({ status: 'queued' }))).toBe('returns 1 free image')
  expect(cancelReturns(makeJob({ status: 'running' }))).toBe('returns nothing')
  expect(cancelReturns(makeJob({ ...credits, status: 'running' }))).toBe('returns 2 credits')
  expect(cancelReturns(makeJob({ ...credits, status: 'running', cancel: 'keeps' }))).toBe('returns nothing')
})

test('a job back in the queue returns everything, whatever was said while it ran', () => {
  expect(cancelReturns(makeJob({ ...credits, status: 'queued', cancel: 'keeps' }))).toBe('returns 2 credits')
})
