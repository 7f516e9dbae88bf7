import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { frameLimits } from '#shared/realtime/topics.ts'
import { flatImage, noisyImage } from '#worker/testing/images.ts'
import { checkOutput } from './check-output.ts'
import { encodeFrame } from './encode-frame.ts'
import { encodeFull, encodePreview, encodeTimeline } from './encode-outputs.ts'
import { normaliseInput } from './normalise-input.ts'

/** Chunk types of a PNG with their bodies. */
function chunks(png: Uint8Array): [string, Buffer][] {
  const bytes = Buffer.from(png)
  const found: [string, Buffer][] = []
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    found.push([bytes.toString('latin1', at + 4, at + 8), bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at))])
  }
  return found
}

describe('normaliseInput', () => {
  it('pitfall 13: turns a sideways transparent image upright, opaque, 8-bit RGB', async () => {
    const sideways = await sharp({
      create: { width: 80, height: 60, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
    })
      .withMetadata({ orientation: 6 })
      .webp()
      .toBuffer()

    const work = await normaliseInput(sideways)

    const { format, channels, depth, hasAlpha } = await sharp(work.bytes).metadata()
    expect({ format, channels, depth, hasAlpha }).toEqual({
      format: 'png',
      channels: 3,
      depth: 'uchar',
      hasAlpha: false,
    })
    expect([work.width, work.height]).toEqual([60, 80])
    expect((await sharp(work.bytes).stats()).channels[1]?.mean).toBe(255)
  })

  it('pitfall 13: turns CMYK into RGB, of which ComfyUI makes a bogus mask', async () => {
    const cmyk = await sharp(await noisyImage(64, 64))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer()

    const { channels, space } = await sharp((await normaliseInput(cmyk)).bytes).metadata()
    expect([(await sharp(cmyk).metadata()).channels, channels, space]).toEqual([4, 3, 'srgb'])
  })

  it('stores a grey image as RGB, since ComfyUI reads 8-bit grey a shade too dark', async () => {
    const grey = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#ffffff' } })
      .toColourspace('b-w')
      .png()
      .toBuffer()

    expect((await sharp((await normaliseInput(grey)).bytes).metadata()).channels).toBe(3)
  })

  it.each([
    ['half a file', async () => (await noisyImage(256, 256, 'jpeg')).subarray(0, 4_000)],
    ['an SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>')],
    [
      'an animation',
      async () =>
        sharp(await Promise.all([noisyImage(64, 64), noisyImage(64, 64)]), { join: { animated: true } })
          .webp()
          .toBuffer(),
    ],
    ['nothing', async () => Buffer.alloc(0)],
  ])('pitfall 13: refuses %s as INPUT_UNREADABLE', async (_what, make) => {
    await expect(normaliseInput(await make())).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', retry: false })
  })
})

describe('checkOutput', () => {
  it('measures a whole picture', async () => {
    expect(await checkOutput(await noisyImage(96, 64))).toMatchObject({ width: 96, height: 64 })
  })

  it('pitfall 16: refuses a black picture as OUTPUT_EMPTY', async () => {
    await expect(checkOutput(await flatImage(64, 64))).rejects.toMatchObject({ code: 'OUTPUT_EMPTY' })
  })

  it('refuses a cut-off picture as OUTPUT_CORRUPT, also when only the end chunk is missing', async () => {
    const png = await noisyImage(64, 64)

    await expect(checkOutput(png.subarray(0, png.length / 2))).rejects.toMatchObject({
      code: 'OUTPUT_CORRUPT',
      retry: true,
    })
    await expect(checkOutput(png.subarray(0, -12))).rejects.toMatchObject({ code: 'OUTPUT_CORRUPT' })
    await expect(checkOutput(Buffer.alloc(0))).rejects.toMatchObject({ code: 'OUTPUT_CORRUPT' })
  })
})

describe('encodeFull', () => {
  it('keeps every pixel, drops the engine’s metadata and says that it is synthetic', async () => {
    const made = await sharp(await noisyImage(96, 64))
      .withExif({ IFD0: { ImageDescription: 'a private prompt' } })
      .png()
      .toBuffer()

    const full = await encodeFull(made, false)

    expect(await sharp(full).raw().toBuffer()).toEqual(await sharp(made).raw().toBuffer())
    const xmp = chunks(full)
      .filter(([type]) => type === 'iTXt')
      .map(([, body]) => body.toString('utf8'))
    expect(xmp).toHaveLength(1)
    expect(xmp[0]).toContain('digitalsourcetype/trainedAlgorithmicMedia')
    expect(Buffer.from(full).toString('latin1')).not.toMatch(/private|no GPU/)
    await checkOutput(full)
  })

  it('says so when no GPU made it', async () => {
    const image = await noisyImage(64, 64)

    const file = Buffer.from(await encodeFull(image, true)).toString('latin1')
    expect(file).toContain('no GPU')
    expect(file).toContain('digitalsourcetype/algorithmicMedia')
    expect((await sharp(await encodePreview(image, true)).metadata()).xmpAsString).toContain('no GPU')
  })
})

describe('encodePreview', () => {
  it('is a WebP of at most 1,024 px that is never enlarged', async () => {
    const large = await sharp(await encodePreview(await noisyImage(1_248, 832), false)).metadata()
    const small = await sharp(await encodePreview(await noisyImage(96, 64), false)).metadata()

    expect([large.format, large.width, large.height]).toEqual(['webp', 1_024, 683])
    expect([small.width, small.height]).toEqual([96, 64])
  })
})

describe('encodeTimeline', () => {
  it('lays the frames side by side and leaves out what does not decode or is one colour', async () => {
    const frames = [
      await noisyImage(64, 48, 'jpeg'),
      Buffer.from('junk'),
      await flatImage(64, 48),
      await noisyImage(32, 24, 'jpeg'),
    ]

    const strip = await encodeTimeline(frames, { width: 1_024, height: 768 }, false)

    const { width, height } = await sharp(strip ?? Buffer.alloc(0)).metadata()
    expect([width, height]).toEqual([2 * 192, 144])
  })

  it('is absent without frames', async () => {
    expect(await encodeTimeline([], { width: 64, height: 64 }, false)).toBeNull()
  })
})

describe('encodeFrame', () => {
  it('passes a small preview on untouched', async () => {
    const frame = { mime: 'image/jpeg' as const, bytes: await noisyImage(64, 64, 'jpeg') }

    expect(await encodeFrame(frame)).toBe(frame)
  })

  it('makes a large preview small enough for the channel', async () => {
    const small = await encodeFrame({ mime: 'image/jpeg', bytes: await noisyImage(1_024, 768, 'jpeg') })

    expect(small?.bytes.byteLength).toBeLessThanOrEqual(frameLimits.bytes)
    expect((await sharp(small?.bytes).metadata()).width).toBeLessThanOrEqual(frameLimits.longEdge)
  })

  it('pitfall 16: drops what does not decode, and what is one colour as of a NaN', async () => {
    expect(await encodeFrame({ mime: 'image/jpeg', bytes: Buffer.from('junk') })).toBeNull()
    expect(await encodeFrame({ mime: 'image/png', bytes: await flatImage(64, 64) })).toBeNull()
  })
})
