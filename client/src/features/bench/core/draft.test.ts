import { expect, test } from 'vitest'
import { drawSeed, parseSeed, parseSlider } from './draft.ts'

test('a seed is digits below 2^64, without leading zeros', () => {
  expect(parseSeed(' 8812 ')).toBe('8812')
  expect(parseSeed('0007')).toBe('7')
  expect(parseSeed('18446744073709551615')).toBe('18446744073709551615')
  expect(parseSeed('18446744073709551616')).toBeNull()
  expect(parseSeed('-1')).toBeNull()
  expect(parseSeed('1e3')).toBeNull()
  expect(parseSeed('')).toBeNull()
})

test('a drawn seed is one that parses', () => {
  expect(drawSeed(() => 0)).toBe('0')
  expect(parseSeed(drawSeed(() => 0.999_999_999_9))).not.toBeNull()
})

test('a slider field clamps numbers and ignores the rest', () => {
  expect(parseSlider('62')).toBe(62)
  expect(parseSlider('900')).toBe(100)
  expect(parseSlider('')).toBeNull()
  expect(parseSlider('1.5')).toBeNull()
})
