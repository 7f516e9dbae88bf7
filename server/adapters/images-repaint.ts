import sharp, { type Sharp } from 'sharp'
import { imageLimits } from '#shared/assets/rules.ts'
import { ForgeError } from '#shared/errors.ts'
import type { MaskSoftness } from '#shared/mask/rules.ts'
import { softenMask } from '#shared/mask/soften.ts'
import type { Pixels } from './images.ts'
import { openImage, readStill } from './open-image.ts'

/** Red from which a pixel is painted: what browser and worker take for inside. */
const paintedFrom = 128

/**
 * An image that we stored, as 8-bit RGB of exactly `size`: scaled once, cut at the centre where the grid's aspect
 * differs, and untouched when it has that size. What shows through it is white.
 */
export async function scaleToGrid(bytes: Uint8Array, size: Pixels): Promise<Uint8Array> {
  const image = openImage(bytes, { failOn: 'error', limitInputPixels: imageLimits.pixels })
    .toColourspace('srgb')
    .flatten({ background: '#fff' })
    .resize({ ...size, fit: 'cover', position: 'centre', kernel: 'lanczos3' })
  return image
    .png(png)
    .toBuffer()
    .catch((error: unknown) => {
      throw new ForgeError('FILE_UNREADABLE', {}, { cause: error })
    })
}

/** A painted mask as 8-bit RGB, white or black and nothing between; what is transparent is not painted. */
export async function readMask(raw: Uint8Array, size: Pixels): Promise<Uint8Array> {
  const { width, height } = await readStill(raw)
  if (width !== size.width || height !== size.height) {
    throw new ForgeError('MASK_SIZE_MISMATCH', { width: size.width, height: size.height })
  }
  const { data, channels } = await decode(openImage(raw, { failOn: 'error', limitInputPixels: imageLimits.pixels }))
  const mask = Buffer.alloc(width * height * 3)
  let painted = 0
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    if ((data[pixel * channels] ?? 0) < paintedFrom) continue
    painted += 1
    mask.fill(255, pixel * 3, pixel * 3 + 3)
  }
  if (painted === 0) throw new ForgeError('MASK_EMPTY')
  return sharp(mask, { raw: { width, height, channels: 3 } })
    .png(png)
    .toBuffer()
}

/** Whether a mask of ours still repaints anything with that softness. Throws FILE_UNREADABLE. */
export async function leavesPaint(mask: Uint8Array, softness: MaskSoftness): Promise<boolean> {
  const image = openImage(mask, { failOn: 'error', limitInputPixels: imageLimits.pixels })
  const { data, width, height } = await decode(image)
  return softenMask(data, width, height, softness).some((alpha) => alpha > 0)
}

const png = { compressionLevel: 6, palette: false } as const

async function decode(image: Sharp): Promise<{ data: Buffer; channels: number } & Pixels> {
  try {
    const pixels = image.flatten({ background: '#000' }).toColourspace('srgb').raw({ depth: 'uchar' })
    const { data, info } = await pixels.toBuffer({ resolveWithObject: true })
    return { data, channels: info.channels, width: info.width, height: info.height }
  } catch (error) {
    throw new ForgeError('FILE_UNREADABLE', {}, { cause: error })
  }
}
