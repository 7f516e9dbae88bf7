import sharp from 'sharp'
import { expect, test } from 'vitest'
import { fileKind, inspectFile } from './inspect.ts'
import { readHeader } from './header.ts'

const picture = () => sharp({ create: { width: 321, height: 123, channels: 3, background: 'teal' } })

async function head(file: Promise<Buffer>) {
  return new Uint8Array(await file)
}

test('the size of a picture is read from its first bytes, whatever its kind', async () => {
  const files = {
    jpeg: picture().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    progressive: picture().jpeg({ progressive: true }).toBuffer(),
    png: picture().png().toBuffer(),
    lossy: picture().webp().toBuffer(),
    lossless: picture().webp({ lossless: true }).toBuffer(),
    extended: picture().ensureAlpha(0.5).webp().toBuffer(),
    gif: picture().gif().toBuffer(),
  }
  for (const [name, file] of Object.entries(files)) {
    const bytes = await head(file)
    expect(readHeader(fileKind(bytes), bytes), name).toEqual({ size: { width: 321, height: 123 }, cmyk: false })
  }
})

test('a JPEG in print colours is told from one for the screen', async () => {
  const cmyk = await head(picture().toColourspace('cmyk').jpeg().toBuffer())
  expect(readHeader('jpeg', cmyk).cmyk).toBe(true)
  expect(inspectFile(cmyk.length, cmyk)).toBe('cmyk')
})

test('a picture with more pixels than a browser can open is refused before it is decoded', async () => {
  const bytes = await head(picture().png().toBuffer())
  new DataView(bytes.buffer).setUint32(16, 20_000)
  new DataView(bytes.buffer).setUint32(20, 20_000)
  expect(inspectFile(bytes.length, bytes)).toBe('too-many-pixels')
})

test('a file that ends before its header says nothing', () => {
  expect(readHeader('jpeg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toEqual({ size: null, cmyk: false })
  expect(readHeader('png', Uint8Array.of(0x89, 0x50))).toEqual({ size: null, cmyk: false })
})
