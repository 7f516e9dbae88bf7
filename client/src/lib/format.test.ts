import { expect, test } from 'vitest'
import { formatLeft, formatOrdinal, formatSize, formatWait, plural } from './format.ts'

test('waits are said as roughly as they are known', () => {
  expect(formatWait(400)).toBe('1 s')
  expect(formatWait(9_200)).toBe('9 s')
  expect(formatWait(38_000)).toBe('40 s')
  expect(formatWait(100_000)).toBe('2 min')
})

test('time left is hours and minutes', () => {
  expect(formatLeft(5 * 3_600_000 + 12 * 60_000)).toBe('5 h 12 min')
  expect(formatLeft(2 * 3_600_000)).toBe('2 h')
  expect(formatLeft(10)).toBe('1 min')
})

test('places in a queue are ordinals', () => {
  expect([1, 2, 3, 4, 11, 22].map(formatOrdinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '22nd'])
})

test('units agree with their number', () => {
  expect(plural(1, 'image', 'images')).toBe('1 image')
  expect(plural(0, 'image', 'images')).toBe('0 images')
})

test('a size never breaks across lines', () => {
  expect(formatSize({ width: 4_032, height: 3_024 })).toBe('4032\u00A0×\u00A03024')
})
