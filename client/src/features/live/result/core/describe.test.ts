// @vitest-environment node
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { provenanceXmp } from '#shared/assets/provenance.ts'
import { describeJpeg } from './jpeg.ts'
import { describePng } from './png.ts'
import { describeWebp } from './webp.ts'

const recipe = {
  mode: 'Image Remix',
  prompt: 'a "cat" <in ink>\nby night — 漢字',
  negative: 'dogs & fog',
  creativity: 70,
  chaos: 30,
  seed: '8812',
  transmission: 'a41f09c2',
}
const size = { width: 33, height: 21 }

function picture() {
  const pixels = Buffer.from(Array.from({ length: size.width * size.height * 3 }, (_, index) => (index * 37) % 256))
  return sharp(pixels, { raw: { ...size, channels: 3 } }).withExif({ IFD0: { Artist: 'somebody private' } })
}

const rawOf = (bytes: Uint8Array) => sharp(bytes).raw().toBuffer()

const makers = {
  png: async (xmp: string) => describePng(await picture().png().toBuffer(), xmp, {}),
  jpeg: async (xmp: string) => describeJpeg(await picture().jpeg().toBuffer(), xmp),
  webp: async (xmp: string) => describeWebp(await picture().webp().toBuffer(), xmp, size),
  'lossless webp': async (xmp: string) => describeWebp(await picture().webp({ lossless: true }).toBuffer(), xmp, size),
} as const

describe.each(Object.entries(makers))('%s', (_name, make) => {
  test('keeps the mark of synthetic media and nothing else that was said', async () => {
    const file = await make(provenanceXmp({ standIn: false, recipe: null }))
    const { xmpAsString, exif, ...facts } = await sharp(file).metadata()

    expect(facts).toMatchObject(size)
    expect(xmpAsString).toContain('digitalsourcetype/trainedAlgorithmicMedia')
    expect(exif).toBeUndefined()
    expect(Buffer.from(file).toString('latin1')).not.toContain('private')
    expect(xmpAsString).not.toMatch(/forge:|cat/)
  })

  test('carries the recipe when it was chosen, whole and harmless', async () => {
    const file = await make(provenanceXmp({ standIn: true, recipe }))
    const { xmpAsString } = await sharp(file).metadata()

    expect(xmpAsString).toContain('a &quot;cat&quot; &lt;in ink&gt;&#10;by night — 漢字')
    expect(xmpAsString).toContain('forge:seed="8812"')
    expect(xmpAsString).toContain('digitalsourcetype/algorithmicMedia')
  })
})

test('a PNG keeps every pixel', async () => {
  const png = await picture().png().toBuffer()

  expect(await rawOf(describePng(png, provenanceXmp({ standIn: false, recipe }), { parameters: 'x' }))).toEqual(
    await rawOf(png),
  )
})

test('an XMP packet that no JPEG segment holds is refused', async () => {
  const jpeg = await picture().jpeg().toBuffer()

  expect(() => describeJpeg(jpeg, 'x'.repeat(66_000))).toThrow(RangeError)
})
