import sharp from 'sharp'
import type { KernelEnum, Sharp } from 'sharp'
import type { Raster } from '../paint/job.ts'

/** Side of the empty mask LoadImage gives for a picture without alpha. */
const emptyMaskSide = 64

/** Decodes a file to RGB and its alpha-made mask (transparent = white), as LoadImage gives them. */
export async function decodeImage(path: string): Promise<{ image: Raster; mask: Raster }> {
  // Broken files load as far as they go, with the rest grey: ComfyUI does the same.
  const source = sharp(path, { failOn: 'none' })
  const image = await close(source.clone().rotate().removeAlpha().toColourspace('srgb'), 3)
  const { hasAlpha } = await source.metadata()
  if (hasAlpha) return { image, mask: await close(source.clone().rotate().extractChannel('alpha').negate(), 1) }
  const mask = new Uint8Array(emptyMaskSide * emptyMaskSide)
  return { image, mask: { width: emptyMaskSide, height: emptyMaskSide, channels: 1, data: mask } }
}

function open(raster: Raster): Sharp {
  return sharp(raster.data, { raw: { width: raster.width, height: raster.height, channels: raster.channels } })
}

async function close(image: Sharp, channels: 1 | 3): Promise<Raster> {
  const wanted = channels === 1 ? image.toColourspace('b-w') : image
  const { data, info } = await wanted.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels, data: new Uint8Array(data) }
}

const kernels: Readonly<Record<string, keyof KernelEnum>> = {
  'nearest-exact': 'nearest',
  bilinear: 'linear',
  area: 'linear',
  bicubic: 'cubic',
  lanczos: 'lanczos3',
}

/** Scales to exactly width × height; `cover` cuts the overhang, else the picture is stretched. */
export async function scale(
  raster: Raster,
  size: { width: number; height: number; cover?: boolean; method?: string },
): Promise<Raster> {
  if (raster.width === size.width && raster.height === size.height) return raster
  const kernel = kernels[size.method ?? 'lanczos'] ?? 'lanczos3'
  const fit = size.cover === true ? 'cover' : 'fill'
  return close(open(raster).resize({ width: size.width, height: size.height, fit, kernel }), raster.channels)
}

export async function blur(raster: Raster, sigma: number): Promise<Raster> {
  return sigma < 0.3 ? raster : close(open(raster).blur(sigma), raster.channels)
}

/** Widens (or with a negative count narrows) the white part of a mask by so many pixels. */
export async function grow(mask: Raster, by: number): Promise<Raster> {
  if (by === 0) return mask
  return close(by > 0 ? open(mask).dilate(by) : open(mask).erode(-by), mask.channels)
}

export function channelOf(raster: Raster, channel: number): Raster {
  const data = new Uint8Array(raster.width * raster.height)
  const { channels } = raster
  const offset = channels === 1 ? 0 : channel
  for (let i = 0; i < data.length; i += 1) data[i] = raster.data[i * channels + offset] ?? 0
  return { width: raster.width, height: raster.height, channels: 1, data }
}

export function greyToRgb(raster: Raster): Raster {
  const data = new Uint8Array(raster.width * raster.height * 3)
  for (let i = 0, at = 0; i < raster.data.length; i += 1, at += 3) {
    const value = raster.data[i] ?? 0
    data[at] = value
    data[at + 1] = value
    data[at + 2] = value
  }
  return { width: raster.width, height: raster.height, channels: 3, data }
}

/** PNG at level 1, as PreviewImage writes it. */
export function toPng(raster: Raster): Promise<Buffer> {
  return open(raster).png({ compressionLevel: 1, adaptiveFiltering: false }).toBuffer()
}

/** A preview: JPEG enlarged (or reduced) so its longer side is `longest` px. */
export function toJpeg(raster: Raster, longest: number): Promise<Buffer> {
  const fit = { width: longest, height: longest, fit: 'inside' } as const
  return open(raster)
    .resize({ ...fit, kernel: 'cubic' })
    .jpeg({ quality: 72 })
    .toBuffer()
}
