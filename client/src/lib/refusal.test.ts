import { expect, test } from 'vitest'
import { refusalOf } from './refusal.ts'

test('a typed refusal keeps its code and data', () => {
  const error = { data: { httpStatus: 409, forge: { code: 'PRICE_CHANGED', data: { price: 2 } } } }

  expect(refusalOf(error)).toEqual({ kind: 'refused', code: 'PRICE_CHANGED', data: { price: 2 } })
})

test('an answer without a code of ours is our fault', () => {
  expect(refusalOf({ data: { httpStatus: 500 } })).toEqual({ kind: 'refused', code: 'INTERNAL', data: {} })
})

test('no answer is not a refusal', () => {
  expect(refusalOf(new TypeError('fetch failed'))).toEqual({ kind: 'lost' })
  expect(refusalOf({ data: undefined })).toEqual({ kind: 'lost' })
})
