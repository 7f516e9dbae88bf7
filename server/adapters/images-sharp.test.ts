import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { animatedPng, animatedWebp, bomb, flat, jpeg, png, svg, texture, webp } from '#server/testing/images.ts'
import { createImages } from './images-sharp.ts'

const images = createImages()

describe('an upload', () => {
  it.each([
    ['JPEG', jpeg, 'image/jpeg'],
    ['PNG', png, 'image/png'],
    ['opaque WebP', webp, 'image/jpeg'],
  ])('that is a %s keeps its size', async (_name, make, mime) => {
    const image = await images.normalise(await make())

    expect(image).toMatchObject({ mime, width: 96, height: 80 })
    expect(image.sha256).toBe(createHash('sha256').update(image.bytes).digest('hex'))
  })

  it('with alpha stays lossless', async () => {
    const source = await texture({ width: 70, height: 70 }, 4).webp({ lossless: true }).toBuffer()

    expect((await images.normalise(source)).mime).toBe('image/png')
  })

  it('loses place, camera and orientation tag but is turned upright', async () => {
    const source = await texture({ width: 200, height: 100 })
      .withExif({ IFD0: { Copyright: 'artist' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()

    const image = await images.normalise(source)
    const facts = await sharp(image.bytes).metadata()

    expect((await sharp(source).metadata()).exif).toBeDefined()
    expect(image).toMatchObject({ width: 100, height: 200 })
    expect([facts.exif, facts.icc, facts.xmp, facts.orientation]).toEqual([undefined, undefined, undefined, undefined])
  })

  it.each([
    ['16-bit', () => texture({ width: 64, height: 64 }).toColourspace('rgb16').png().toBuffer()],
    ['grey', () => texture({ width: 64, height: 64 }).grayscale().toColourspace('b-w').png().toBuffer()],
    ['CMYK', () => texture({ width: 64, height: 64 }).toColourspace('cmyk').jpeg().toBuffer()],
  ])('in %s becomes 8-bit sRGB', async (_name, make) => {
    const image = await images.normalise(await make())

    expect(await sharp(image.bytes).metadata()).toMatchObject({ space: 'srgb', depth: 'uchar', channels: 3 })
  })

  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['SVG', svg, 'FILE_TYPE_UNSUPPORTED'],
    ['GIF', () => Buffer.from('R0lGODlhAQABAAAAACw=', 'base64'), 'FILE_TYPE_UNSUPPORTED'],
    ['program', () => Buffer.from('MZ this is not an image'), 'FILE_TYPE_UNSUPPORTED'],
    ['empty file', () => new Uint8Array(), 'FILE_TYPE_UNSUPPORTED'],
    ['signature alone', () => Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'FILE_UNREADABLE'],
    ['JPEG cut in half', async () => half(await jpeg()), 'FILE_UNREADABLE'],
    ['PNG cut in half', async () => half(await png()), 'FILE_UNREADABLE'],
    ['WebP cut in half', async () => half(await webp()), 'FILE_UNREADABLE'],
    ['image of 16,000 squared', bomb, 'IMAGE_TOO_MANY_PIXELS'],
    ['single pixel', () => png({ width: 1, height: 1 }), 'IMAGE_TOO_SMALL'],
    ['strip of 8:1', () => png({ width: 512, height: 64 }), 'IMAGE_TOO_NARROW'],
    ['column a pixel past 1:4', () => png({ width: 64, height: 257 }), 'IMAGE_TOO_NARROW'],
    ['animated WebP', animatedWebp, 'IMAGE_ANIMATED'],
    ['animated PNG', animatedPng, 'IMAGE_ANIMATED'],
  ])('that is a %s is refused', async (_name, make, code) => {
    await expect(images.normalise(await make())).rejects.toMatchObject({ code })
  })

  it('of 16,000 squared is refused without being decoded: its pixels may as well be broken', async () => {
    const broken = half(bomb())

    await expect(images.normalise(broken)).rejects.toThrow('IMAGE_TOO_MANY_PIXELS')
  })
})

describe('an output', () => {
  const expected = { name: 'output-0', mime: 'image/png', full: true } as const

  it('that is whole answers its size and colour', async () => {
    const facts = await images.inspectOutput(await png(), expected)

    expect(facts).toEqual({ width: 96, height: 80, colour: expect.stringMatching(/^#[0-9a-f]{6}$/) })
  })

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['black image', flat, 'uniform'],
    ['JPEG called a PNG', jpeg, 'type'],
    ['cut file', async () => half(await png()), 'unreadable'],
  ])('that is a %s is refused', async (_name, make, reason) => {
    const refusal = { code: 'OUTPUT_INVALID', data: { name: 'output-0', reason } }

    await expect(images.inspectOutput(await make(), expected)).rejects.toMatchObject(refusal)
  })

  it('that is only a preview may be dark', async () => {
    const facts = await images.inspectOutput(await flat(), { ...expected, full: false })

    expect(facts).toMatchObject({ width: 96, height: 80 })
  })
})

function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(bytes.byteLength / 2))
}
