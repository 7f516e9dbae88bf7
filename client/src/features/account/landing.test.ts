// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { readLanding, withoutRefusal } from './landing.ts'

test.each([
  ['http://forge.test/studio', { kind: 'none' }],
  ['http://forge.test/studio?mode=remix#bench', { kind: 'none' }],
  ['http://forge.test/studio#access_token=a&refresh_token=b', { kind: 'session' }],
  ['http://forge.test/studio?code=0a', { kind: 'session' }],
  [
    'http://forge.test/studio#error=access_denied&error_code=otp_expired&error_description=x',
    { kind: 'refused', code: 'otp_expired' },
  ],
  ['http://forge.test/?error=server_error&error_description=x', { kind: 'refused', code: 'server_error' }],
])('%s is read', (href, landing) => {
  expect(readLanding(href)).toEqual(landing)
})

test('a refusal leaves the address, the rest of it stays', () => {
  expect(withoutRefusal('http://forge.test/studio?mode=remix&error_code=x&error=y#error_description=z')).toBe(
    'http://forge.test/studio?mode=remix',
  )
})
