import { describe, expect, it } from 'vitest'
import { checkBucketName, checkKey, checkMimePattern, mimeAllowed, parseSizeLimit } from './names.ts'

describe('checkKey', () => {
  it.each(['a.png', 'outputs/0b/x y.webp', "it's (1)!*&$@=;:+,?-_.png", 'a..b/c.', 'x'.repeat(1024)])(
    'takes %j',
    (key) => {
      expect(checkKey(key)).toBe(key)
    },
  )

  it.each([
    ['nothing', ''],
    ['a climb', '../keys.json'],
    ['a climb inside', 'a/../../b'],
    ['a climb at the end', 'a/..'],
    ['a dot segment', './a'],
    ['a backslash', 'a\\..\\b'],
    ['a NUL', 'a\u0000.png'],
    ['a newline', 'a\nb'],
    ['a percent sign', 'a%2e%2e'],
    ['letters beyond ASCII', 'ä.png'],
    ['quotes', 'a".png'],
    ['1,025 characters', 'x'.repeat(1025)],
  ])('refuses %s', (_, key) => {
    expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: 'InvalidKey' }))
  })
})

describe('checkBucketName', () => {
  it.each(['', 'a/b', ' a', 'x'.repeat(101), 'ä'])('refuses %j', (name) => {
    expect(() => checkBucketName(name)).toThrow(expect.objectContaining({ code: 'InvalidBucketName' }))
  })
})

describe('mimeAllowed', () => {
  it.each([
    ['image/png', ['image/png'], true],
    ['IMAGE/PNG; charset=x', ['image/png'], true],
    ['image/webp', ['image/*'], true],
    ['image/png', ['*'], true],
    ['text/html', ['image/*'], false],
    ['image/pngx', ['image/png'], false],
    ['image/', ['image/*'], false],
    ['nonsense', ['image/*'], false],
    ['nonsense', null, true],
    ['nonsense', [], true],
  ])('%s in %j: %s', (type, allowed, expected) => {
    expect(mimeAllowed(type, allowed)).toBe(expected)
  })
})

describe('bucket settings', () => {
  it('read sizes as bytes', () => {
    expect([parseSizeLimit(12), parseSizeLimit('20MB'), parseSizeLimit('1.5kb')]).toEqual([12, 20_000_000, 1500])
    expect(() => parseSizeLimit('much')).toThrow('Invalid file size format')
  })

  it('refuse what is no type', () => {
    expect(checkMimePattern('image/*')).toBe('image/*')
    expect(() => checkMimePattern('image')).toThrow('is not supported')
  })
})
