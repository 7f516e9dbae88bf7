import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { jpeg, painted, png, texture, webp } from '#server/testing/images.ts'
import { createImages } from './images-sharp.ts'

const images = createImages()
const size = { width: 96, height: 80 }

const pixelsOf = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer({ resolveWithObject: true })

describe('a work image', () => {
  it.each([
    ['PNG', png],
    ['JPEG', jpeg],
    ['WebP', webp],
  ])('of a %s that has the size is the same, pixel for pixel', async (_name, make) => {
    const source = await make(size)

    const work = await images.scaleToGrid(source, size)

    expect(work).toMatchObject({ mime: 'image/png', ...size })
    expect((await pixelsOf(work.bytes)).data.equals((await pixelsOf(source)).data)).toBe(true)
  })

  it('has exactly the size it was asked for, in 8-bit RGB', async () => {
    const work = await images.scaleToGrid(await png({ width: 200, height: 100 }), { width: 128, height: 64 })

    expect(await sharp(work.bytes).metadata()).toMatchObject({
      width: 128,
      height: 64,
      format: 'png',
      channels: 3,
      depth: 'uchar',
      space: 'srgb',
    })
  })

  it('shows white where the image is transparent', async () => {
    const clear = await sharp({ create: { ...size, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer()

    const { data, info } = await pixelsOf((await images.scaleToGrid(clear, size)).bytes)

    expect(info.channels).toBe(3)
    expect(data.every((value) => value === 255)).toBe(true)
  })

  it('of an object that is cut is refused', async () => {
    await expect(images.scaleToGrid((await png()).subarray(0, 400), size)).rejects.toThrow('FILE_UNREADABLE')
  })
})

describe('a mask', () => {
  const area = { left: 10, top: 20, width: 30, height: 40 }

  it.each([
    ['RGB', 3],
    ['transparent', 4],
    ['grey', 1],
  ] as const)('that is %s becomes white on black in RGB', async (_name, channels) => {
    const mask = await images.normaliseMask(await painted(size, area, channels), size)

    const { data, info } = await pixelsOf(mask.bytes)
    const inside = (x: number, y: number) => x >= 10 && x < 40 && y >= 20 && y < 60
    const expected = Array.from({ length: 96 * 80 * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3)
      return inside(pixel % 96, Math.floor(pixel / 96)) ? 255 : 0
    })
    expect([info.channels, mask.mime, mask.width, mask.height]).toEqual([3, 'image/png', 96, 80])
    expect(data.equals(Buffer.from(expected))).toBe(true)
  })

  it('is painted from half red on', async () => {
    const levels = Buffer.from(Array.from({ length: 96 * 80 }, (_, at) => (at % 2 === 0 ? 127 : 128)))
    const grey = await sharp(levels, { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer()

    const { data } = await pixelsOf((await images.normaliseMask(grey, size)).bytes)

    expect([data[0], data[3]]).toEqual([0, 255])
  })

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['empty', () => painted(size, { ...area, width: 0 }, 3), 'MASK_EMPTY'],
    ['wholly transparent', () => painted(size, { ...area, height: 0 }, 4), 'MASK_EMPTY'],
    ['a pixel wider', () => painted({ width: 97, height: 80 }, area, 3), 'MASK_SIZE_MISMATCH'],
    [
      'a single pixel',
      () => painted({ width: 1, height: 1 }, { left: 0, top: 0, width: 1, height: 1 }, 3),
      'MASK_SIZE_MISMATCH',
    ],
    ['cut', async () => (await texture(size).png().toBuffer()).subarray(0, 900), 'FILE_UNREADABLE'],
    ['text', async () => Buffer.from('white'), 'FILE_TYPE_UNSUPPORTED'],
  ])('that is %s is refused', async (_name, make, code) => {
    await expect(images.normaliseMask(await make(), size)).rejects.toMatchObject({ code })
  })
})

it.each([
  ['half its height', -20, 0, false],
  ['less', -19, 0, true],
  ['half its height, with a soft edge', -20, 2, true],
])('a mask of 40 × 40 that is shrunk by %s', async (_name, grow, feather, left) => {
  const mask = await painted(size, { left: 10, top: 10, width: 40, height: 40 })

  expect(await images.leavesPaint(mask, { grow, feather })).toBe(left)
})
