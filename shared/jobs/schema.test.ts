import { expect, test } from 'vitest'
import { createInput, listInput, prompt, seed } from './schema.ts'

const id = '018f0000-0000-7000-8000-000000000000'
const valid = {
  requestId: id,
  mode: 'remix',
  creativity: 50,
  chaos: 30,
  inputs: [{ assetId: id, role: 'base' }],
  purse: 'free',
  expectedPrice: 1,
}

test('a press needs little: the rest has defaults', () => {
  expect(createInput.parse(valid)).toMatchObject({ count: 1, prompt: '', seed: null, inputs: [{ weight: 1 }] })
})

test.each([
  ['a slider past its end', { creativity: 100.5 }],
  ['a slider that is NaN', { chaos: Number.NaN }],
  ['a slider in words', { chaos: '30' }],
  ['five images in', { inputs: Array.from({ length: 5 }, () => ({ assetId: id, role: 'base' })) }],
  ['five images out', { count: 5 }],
  ['half an image', { count: 1.5 }],
  ['a field nobody knows', { steps: 10_000 }],
  ['a request id that is no UUID', { requestId: 'again' }],
  ['a negative price', { expectedPrice: -1 }],
  ['a price past 32 bits', { expectedPrice: 2 ** 31 }],
])('%s is refused', (_, change) => {
  expect(createInput.safeParse({ ...valid, ...change }).success).toBe(false)
})

test('seeds are decimal text up to 2^64 − 1', () => {
  expect(['0', '8812', '18446744073709551615'].every((text) => seed.safeParse(text).success)).toBe(true)
  expect(
    ['-1', '01', '1e3', '', '18446744073709551616', '99999999999999999999'].some(
      (text) => seed.safeParse(text).success,
    ),
  ).toBe(false)
})

test('a prompt is at most 2,000 code points, however many bytes that takes', () => {
  expect(prompt.safeParse('🐈'.repeat(2_000)).success).toBe(true)
  expect(prompt.safeParse('a'.repeat(2_001)).success).toBe(false)
})

test('a cursor is a time as the server writes it, within what Postgres can read', () => {
  const accepts = (cursor: string) => listInput.safeParse({ cursor }).success

  expect(accepts('2026-11-23T18:00:00.000001+00:00')).toBe(true)
  expect(accepts('2026-11-23T18:00:00Z')).toBe(true)
  expect(
    ['0000-01-01T00:00:00Z', '2026-11-23T18:00:00+23:59', '9999-12-31T23:59:59-23:59', 'yesterday'].some(accepts),
  ).toBe(false)
})
