import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { type ImageMime, imageLimits } from '#shared/assets/rules.ts'
import { ForgeError } from '#shared/errors.ts'
import { isAnimatedPng, sniffMime } from './image-sniff.ts'

const decodeSeconds = 20

type Header = { width: number; height: number; pages: number; hasAlpha: boolean }

/** A decoder of at most `options.limitInputPixels` pixels that gives up after 20 s. */
export function openImage(bytes: Uint8Array, options: SharpOptions): Sharp {
  return sharp(bytes, { limitInputChannels: 5, sequentialRead: true, ...options }).timeout({ seconds: decodeSeconds })
}

/** Size as stored, before orientation; null when the header makes no sense. Decodes nothing. */
export async function readHeader(bytes: Uint8Array): Promise<Header | null> {
  try {
    const image = openImage(bytes, { limitInputPixels: false, pages: -1 })
    const { width, height, pages = 1, hasAlpha } = await image.metadata()
    return { width, height: Math.floor(height / pages), pages, hasAlpha }
  } catch {
    return null
  }
}

/** The header of one still image of a type we take. Throws FILE_*, IMAGE_ANIMATED and IMAGE_TOO_MANY_PIXELS. */
export async function readStill(raw: Uint8Array): Promise<Header & { mime: ImageMime }> {
  const mime = sniffMime(raw)
  if (mime === null) throw new ForgeError('FILE_TYPE_UNSUPPORTED')
  const header = await readHeader(raw)
  if (header === null) throw new ForgeError('FILE_UNREADABLE')
  if (header.pages > 1 || isAnimatedPng(raw)) throw new ForgeError('IMAGE_ANIMATED')
  const { width, height } = header
  if (width * height > imageLimits.pixels) {
    throw new ForgeError('IMAGE_TOO_MANY_PIXELS', { width, height, limit: imageLimits.pixels })
  }
  return { mime, ...header }
}
