import { expect, test } from 'vitest'
import { isMissingPart } from './stale.ts'

test.each([
  'Failed to fetch dynamically imported module: http://forge.test/assets/gallery-1.js',
  'error loading dynamically imported module: http://forge.test/assets/gallery-1.js',
  'Importing a module script failed.',
  'Unable to preload CSS for /assets/share-1.css',
])('%j means that a part of the page is gone', (message) => {
  expect(isMissingPart(new TypeError(message))).toBe(true)
})

test('any other fault is a fault', () => {
  expect(isMissingPart(new TypeError('x is undefined'))).toBe(false)
  expect(isMissingPart('text')).toBe(false)
})
