import sharp, { type Sharp } from 'sharp'
import { imageLimits } from '#shared/assets/rules.ts'

// One thread an operation and no cache: the GPU's host has other work, and no image is read twice.
sharp.concurrency(1)
sharp.cache(false)
// Only what the studio stores is ever decoded here; libvips would open SVG, TIFF and PDF as well.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp'],
})

/** Pixels in memory: 8-bit RGB, row by row. */
export type Raster = { data: Uint8Array; width: number; height: number }

/** A result on its way out: ComfyUI's PNG, or pixels that were blended here. */
export type Picture = Uint8Array | Raster

/** A decoder of untrusted bytes: truncated files and more pixels than the studio takes are errors. */
export function openImage(bytes: Uint8Array): Sharp {
  return sharp(bytes, { failOn: 'warning', limitInputPixels: imageLimits.pixels })
}

export function openPicture(picture: Picture): Sharp {
  if (picture instanceof Uint8Array) return openImage(picture)
  const { data, width, height } = picture
  return sharp(data, { raw: { width, height, channels: 3 } })
}

/** Standard deviation, of 255, below which a channel counts as one value. Noise of a real image is above 2. */
const flatDeviation = 0.5

/** True when the image is one colour, as a NaN latent decodes; rejects when it does not decode. */
export async function isFlat(image: Sharp): Promise<boolean> {
  const { channels } = await image.removeAlpha().stats()
  return channels.every((channel) => channel.stdev < flatDeviation)
}

/** The same of pixels in memory, in a tenth of the time. */
export function isFlatRaster({ data }: Raster): boolean {
  for (let channel = 0; channel < 3; channel += 1) {
    let [sum, squares, count] = [0, 0, 0]
    for (let i = channel; i < data.length; i += 3) {
      const value = data[i] ?? 0
      sum += value
      squares += value * value
      count += 1
    }
    if (Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)) >= flatDeviation) return false
  }
  return true
}

/** The pixels of an image, opaque and 8-bit RGB; throws when it does not decode whole. */
export async function readPixels(bytes: Uint8Array): Promise<Raster> {
  const { data, info } = await openImage(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) throw new Error(`decoded to ${info.channels} channels`)
  return { data, width: info.width, height: info.height }
}

/** Lays images of one size out in a row. */
export function joinRow(tiles: readonly Uint8Array[]): Sharp {
  return sharp([...tiles], { join: { across: tiles.length } })
}
