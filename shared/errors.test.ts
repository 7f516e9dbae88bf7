import { expect, test } from 'vitest'
import { ForgeError, isErrorCode } from './errors.ts'

test('a refusal carries its code as the message and facts beside it', () => {
  const refusal = new ForgeError('PURSE_EMPTY', { price: 2 })

  expect(refusal).toMatchObject({ name: 'ForgeError', code: 'PURSE_EMPTY', message: 'PURSE_EMPTY', data: { price: 2 } })
})

test.each(['toString', '__proto__', 'NO_SUCH_CODE', '', null, 7])('%j is no code', (value) => {
  expect(isErrorCode(value)).toBe(false)
})
