import { expect, test } from 'vitest'
import { canCancel, isNewer, isOver, jobStatuses } from './rules.ts'

test('three endings are final and nothing else is', () => {
  expect(jobStatuses.filter(isOver)).toEqual(['succeeded', 'failed', 'canceled'])
})

test.each([
  ['queued', 0, 0, true],
  ['running before its steps are known', 0, 0, true],
  ['running below 80 %', 22, 28, true],
  ['running at 80 %', 8, 10, false],
  ['running past 80 %', 23, 28, false],
] as const)('a job %s at step %i of %i can be canceled: %s', (state, step, steps, expected) => {
  expect(canCancel({ status: state === 'queued' ? 'queued' : 'running', step, steps })).toBe(expected)
})

test.each(['succeeded', 'failed', 'canceled'] as const)('a %s job cannot be canceled', (status) => {
  expect(canCancel({ status, step: 0, steps: 28 })).toBe(false)
})

test('only a higher version replaces what is held', () => {
  const held = { version: 4, status: 'running' } as const

  expect(isNewer(held, { version: 5 })).toBe(true)
  expect(isNewer(held, { version: 4 })).toBe(false)
  expect(isNewer(held, { version: 3 })).toBe(false)
})
