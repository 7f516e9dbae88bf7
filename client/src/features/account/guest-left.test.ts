// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { dropGuest, guestLeft, guestToken, keepStoredGuest } from './guest-left.ts'

const token = (exp: number) => `h.${btoa(JSON.stringify({ exp }))}.s`
const soon = () => Math.floor(Date.now() / 1_000) + 600
const stored = (anonymous: boolean) =>
  JSON.stringify({ access_token: token(soon()), refresh_token: 'r', user: { id: 'u', is_anonymous: anonymous } })

beforeEach(() => localStorage.clear())

test('the guest of this browser is kept when a link brings another session', async () => {
  localStorage.setItem('auth', stored(true))

  keepStoredGuest('auth')

  const left = guestLeft()
  expect(left).toMatchObject({ userId: 'u', refresh: 'r' })
  expect(left && (await guestToken(left))).toBe(left?.access)
  dropGuest()
  expect(guestLeft()).toBeNull()
})

test.each([
  ['a member', stored(false)],
  ['no session', ''],
  ['half a session', '{"user":{"id":"u","is_anonymous":true}}'],
  ['something else', '[1]'],
])('%s is no guest to keep', (_name, value) => {
  localStorage.setItem('auth', value)

  keepStoredGuest('auth')

  expect(guestLeft()).toBeNull()
})

test('what is kept in another form is no guest', () => {
  localStorage.setItem('forge-merge', 'eyJ.an-old.token')

  expect(guestLeft()).toBeNull()
})
