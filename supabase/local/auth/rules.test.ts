import { describe, expect, it } from 'vitest'
import { parseBanDuration } from './input.ts'
import { checkPassword } from './passwords.ts'
import { createRateLimit } from './rate-limit.ts'
import { redirectTarget } from './redirect.ts'

describe('createRateLimit', () => {
  it('allows as many as the hour holds, then one whenever a share of it has passed', () => {
    const take = createRateLimit(2)

    expect([take('a', 0), take('a', 0), take('a', 0)]).toEqual([true, true, false])
    expect([take('a', 1_799_999), take('a', 1_800_000), take('a', 1_800_001)]).toEqual([false, true, false])
  })

  it('counts every key alone, and does not gain when the clock goes back', () => {
    const take = createRateLimit(1)

    expect([take('a', 5_000_000), take('b', 5_000_000), take('a', 0), take('a', 1)]).toEqual([true, true, false, false])
  })

  it('never holds more than its size', () => {
    const take = createRateLimit(1)
    take('a', 0)

    expect([take('a', 360_000_000), take('a', 360_000_000)]).toEqual([true, false])
  })
})

describe('redirectTarget', () => {
  const site = 'https://forge.test/home'

  it.each(['http://localhost:5173/a?b=c', 'http://127.0.0.1/', 'http://[::1]:3000/', 'https://forge.test/studio'])(
    'follows %s',
    (asked) => {
      expect(redirectTarget(site, asked)).toBe(asked)
    },
  )

  it.each([
    undefined,
    '',
    '/studio',
    'https://evil.test/',
    'https://forge.test.evil.test/',
    'http://localhost@evil.test/',
    'http://localhost.evil.test/',
    'http://forge.test/',
    'javascript://localhost/%0aalert(1)',
    'data:text/html,x',
  ])('leads %j home', (asked) => {
    expect(redirectTarget(site, asked)).toBe(site)
  })
})

describe('checkPassword', () => {
  it('takes six characters and seventy-two bytes', () => {
    checkPassword('123456')
    checkPassword('ä'.repeat(36))

    expect(() => checkPassword('12345')).toThrow(expect.objectContaining({ code: 'weak_password' }))
    expect(() => checkPassword('ä'.repeat(37))).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })
})

describe('parseBanDuration', () => {
  it.each([
    ['none', 0],
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['20ms', 20],
  ])('%s is %i ms', (text, expected) => {
    expect(parseBanDuration(text)).toBe(expected)
  })

  it.each(['', '1', 'h', '1d', '-1h', '1h ', '1hx'])('refuses %j', (text) => {
    expect(() => parseBanDuration(text)).toThrow('invalid format')
  })
})
