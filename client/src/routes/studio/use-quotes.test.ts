import { expect, test } from 'vitest'
import { makeQuote } from '#client/testing/jobs.ts'
import { forCount } from './use-quotes.ts'

test('another number of images is priced at once, before the server has answered', () => {
  const three = makeQuote({ price: 6 })

  expect(forCount(three, 3, 4).price).toBe(8)
  expect(forCount(three, 3, 1).price).toBe(2)
  expect(forCount(three, undefined, 4)).toBe(three)
})
