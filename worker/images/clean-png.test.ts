import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import { noisyImage } from '#worker/testing/images.ts'
import { insertXmp } from './png-xmp.ts'
import { cleanPng } from './clean-png.ts'

const pixels = (png: Uint8Array) => sharp(png).raw().toBuffer()

describe('cleanPng', () => {
  it('takes out what was written beside the picture and leaves every pixel', async () => {
    const plain = await noisyImage(40, 30)
    const told = Buffer.concat([Buffer.from(insertXmp(plain, 'a private prompt')), Buffer.from('behind the end')])

    const clean = cleanPng(told)

    expect(Buffer.from(clean ?? []).toString('latin1')).not.toMatch(/private|behind/)
    expect(await pixels(clean ?? plain.subarray(0, 1))).toEqual(await pixels(plain))
  })

  it.each([
    ['transparent', (image: Sharp) => image.ensureAlpha().png()],
    ['a palette', (image: Sharp) => image.png({ palette: true })],
    ['interlaced', (image: Sharp) => image.png({ progressive: true })],
    ['16 bits deep', (image: Sharp) => image.toColourspace('rgb16').png()],
    ['no PNG', (image: Sharp) => image.jpeg()],
  ])('leaves one that is %s to the encoder', async (_what, change) => {
    expect(cleanPng(await change(sharp(await noisyImage(20, 20))).toBuffer())).toBeNull()
  })

  it('leaves one that is cut off to the encoder', async () => {
    expect(cleanPng((await noisyImage(20, 20)).subarray(0, -6))).toBeNull()
  })
})
