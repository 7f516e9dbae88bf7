import { describe, expect, test } from 'vitest'
import { fileKind, inspectFile, isAnimated } from './inspect.ts'

function bytes(...parts: (string | number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (char) => char.codePointAt(0) ?? 0) : part)),
  )
}

const png = [0x89]
const still = bytes(png, 'PNG', [13, 10, 26, 10], 'IHDR....IDAT')
const apng = bytes(png, 'PNG', [13, 10, 26, 10], 'IHDR....acTL....IDAT')
const movingWebp = bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0b10])
const heic = bytes([0, 0, 0, 24], 'ftypheic', [0, 0, 0, 0], 'mif1heic')

describe('what a file is', () => {
  test('is read from its first bytes', () => {
    expect(fileKind(bytes([0xff, 0xd8, 0xff]))).toBe('jpeg')
    expect(fileKind(still)).toBe('png')
    expect(fileKind(movingWebp)).toBe('webp')
    expect(fileKind(heic)).toBe('heic')
    expect(fileKind(bytes([0, 0, 0, 24], 'ftypavif'))).toBe('avif')
    expect(fileKind(bytes('<svg xmlns='))).toBe('unknown')
    expect(fileKind(new Uint8Array())).toBe('unknown')
  })

  test('moving pictures are told from still ones', () => {
    expect(isAnimated('png', still)).toBe(false)
    expect(isAnimated('png', apng)).toBe(true)
    expect(isAnimated('webp', movingWebp)).toBe(true)
    expect(isAnimated('gif', bytes('GIF89a....NETSCAPE2.0'))).toBe(true)
  })
})

test('refuses by size and kind before anything is decoded', () => {
  expect(inspectFile(0, new Uint8Array())).toBe('empty')
  expect(inspectFile(26 * 1024 * 1024, still)).toBe('too-large')
  expect(inspectFile(100, bytes('hello'))).toBe('not-image')
  expect(inspectFile(100, apng)).toBe('animated')
  expect(inspectFile(100, still)).toBeNull()
})

test('HEIC is left to the browser, which may know it', () => {
  expect(inspectFile(100, heic)).toBeNull()
})
