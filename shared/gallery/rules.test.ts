import { expect, test } from 'vitest'
import { fileNameOf } from './rules.ts'

const png = (prompt: string) => fileNameOf({ transmission: '3fd2c81e', prompt, mime: 'image/png' })

test('a file is called by its transmission and its prompt', () => {
  expect(png('oil on board, cold dusk light')).toBe('3fd2c81e-oil-on-board,-cold-dusk-light.png')
})

test('without a prompt the transmission is enough', () => {
  expect(png('')).toBe('3fd2c81e.png')
  expect(png('  ..//  ')).toBe('3fd2c81e.png')
})

test('what a file system refuses is left out', () => {
  expect(png('../../etc: a "cat" <b>\u0000 50%?')).toBe('3fd2c81e-etc-a-cat-b-50.png')
})

test('a long prompt is cut at a word, and a long word never within a character', () => {
  expect(png('lighthouse '.repeat(20))).toBe(`3fd2c81e${'-lighthouse'.repeat(5)}.png`)
  expect(png('🔥'.repeat(80)).isWellFormed()).toBe(true)
})
