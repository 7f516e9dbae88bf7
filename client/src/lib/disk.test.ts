import { expect, test } from 'vitest'
import { diskProblem } from './disk.ts'

test('a full disk is told from storage that is off', () => {
  expect(diskProblem(new DOMException('x', 'QuotaExceededError'))).toBe('full')
  expect(diskProblem(new DOMException('Encountered full disk while committing', 'AbortError'))).toBe('full')
  expect(diskProblem(new DOMException('The disk is full', 'UnknownError'))).toBe('full')
  expect(diskProblem(new ReferenceError('indexedDB is not defined'))).toBe('off')
  expect(diskProblem('nothing')).toBe('off')
})
