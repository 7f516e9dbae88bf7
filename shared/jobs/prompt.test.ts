import { expect, test } from 'vitest'
import { isPromptClean, promptLength } from './prompt.ts'

test('length counts code points, not UTF-16 units', () => {
  expect(promptLength('añ🐈')).toBe(3)
})

test.each(['', 'oil on board\nlast sun\ton the nose', 'weights (cat:1.3)', '漢字 🐈‍⬛', 'an embedding of light'])(
  '%j is taken as written',
  (text) => {
    expect(isPromptClean(text)).toBe(true)
  },
)

test.each([
  ['NUL', 'a\u0000b'],
  ['an escape', 'a\u001b[31m'],
  ['a carriage return', 'a\rb'],
  ['DEL', 'a\u007f'],
  ['a C1 control', 'a\u0085b'],
  ['a lone surrogate', 'a\ud800b'],
  ['a request for a file on the box', 'cat, Embedding : secret'],
])('%s is refused', (_, text) => {
  expect(isPromptClean(text)).toBe(false)
})
