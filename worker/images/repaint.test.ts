import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { softenMask } from '#shared/mask/soften.ts'
import { flatImage, noisyImage } from '#worker/testing/images.ts'
import { middleMask } from '#worker/testing/repaint-job.ts'
import { composeRepaint, prepareRepaint } from './repaint.ts'

const softness = { grow: 2, feather: 6 }
const pixelsOf = (image: Uint8Array) => sharp(image).raw().toBuffer()

describe('prepareRepaint', () => {
  it('pitfall 15: gives ComfyUI the softened mask as RGB, white where it is to repaint', async () => {
    const mask = await middleMask(96, 64)
    const { alpha, softMask } = await prepareRepaint(await noisyImage(96, 64), { bytes: mask, softness })

    expect(await sharp(softMask).metadata()).toMatchObject({ channels: 3, depth: 'uchar', width: 96, height: 64 })
    const pixels = await pixelsOf(softMask)
    expect([0, 1, 2].map((channel) => alpha.every((value, i) => pixels[i * 3 + channel] === value))).toEqual([
      true,
      true,
      true,
    ])
    expect([alpha[0], alpha[32 * 96 + 48]]).toEqual([0, 255])
    expect(alpha).toEqual(softenMask(await pixelsOf(mask), 96, 64, softness))
  })

  it('reads a grey mask by the same rule', async () => {
    const mask = await sharp(await middleMask(96, 64))
      .toColourspace('b-w')
      .png()
      .toBuffer()

    const { alpha } = await prepareRepaint(await noisyImage(96, 64), { bytes: mask, softness })
    expect([alpha[0], alpha[32 * 96 + 48]]).toEqual([0, 255])
  })

  it.each([
    ['a mask of another size', noisyImage(96, 64), middleMask(96, 65)],
    ['a mask with nothing in it', noisyImage(96, 64), flatImage(96, 64)],
    ['half a mask', noisyImage(96, 64), noisyImage(96, 64).then((png) => png.subarray(0, png.length / 2))],
    ['half a work image', noisyImage(96, 64).then((png) => png.subarray(0, png.length / 2)), middleMask(96, 64)],
  ])('refuses %s for good', async (_what, work, mask) => {
    await expect(prepareRepaint(await work, { bytes: await mask, softness })).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      retry: false,
    })
  })
})

describe('composeRepaint', () => {
  it('refuses a picture that is not of the work image’s size', async () => {
    const repaint = await prepareRepaint(await noisyImage(96, 64), { bytes: await middleMask(96, 64), softness })

    await expect(composeRepaint(repaint, await noisyImage(96, 72))).rejects.toMatchObject({
      code: 'GRAPH_INVALID',
      retry: false,
    })
  })
})
