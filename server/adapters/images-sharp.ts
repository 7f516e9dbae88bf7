import { createHash } from 'node:crypto'
import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { createLimit } from '#server/concurrency/limit.ts'
import { type ImageMime, imageLimits } from '#shared/assets/rules.ts'
import { ForgeError } from '#shared/errors.ts'
import { isAnimatedPng, sniffMime } from './image-sniff.ts'
import type { Images, NormalisedImage, OutputExpectation } from './images.ts'

/** Spread of 8-bit samples below which a finished image is taken for a failed decode (NaN latents come out black). */
const uniformStdev = 1
/** Long edge of a worker's file, pixels; a timeline strip is the widest. */
const outputPixels = 64 * 1024 * 1024
const decodeSeconds = 20

/**
 * Images by libvips, with every loader but the three needed ones switched off for the whole process. `width`: decodes
 * at a time, since one of the largest allowed takes about 200 MB.
 */
export function createImages(width = 2): Images {
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({
    operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
  })
  const limit = createLimit(width)
  return {
    normalise: (raw) => limit(() => normalise(raw)),
    inspectOutput: (bytes, expected) => limit(() => inspectOutput(bytes, expected)),
  }
}

async function normalise(raw: Uint8Array): Promise<NormalisedImage> {
  const mime = sniffMime(raw)
  if (mime === null) throw new ForgeError('FILE_TYPE_UNSUPPORTED')
  const header = await readHeader(raw)
  if (header === null) throw new ForgeError('FILE_UNREADABLE')
  if (header.pages > 1 || isAnimatedPng(raw)) throw new ForgeError('IMAGE_ANIMATED')
  const { width, height } = header
  if (width * height > imageLimits.pixels) {
    throw new ForgeError('IMAGE_TOO_MANY_PIXELS', { width, height, limit: imageLimits.pixels })
  }
  if (Math.min(width, height) < imageLimits.shortEdge) {
    throw new ForgeError('IMAGE_TOO_SMALL', { width, height, min: imageLimits.shortEdge })
  }
  // Not `warning`: cameras write harmless oddities, and nothing of the original survives the re-encoding.
  const image = open(raw, { failOn: 'error', limitInputPixels: imageLimits.pixels }).autoOrient().toColourspace('srgb')
  const encoded = await encode(image, mime, header.hasAlpha).catch((error: unknown) => {
    throw new ForgeError('FILE_UNREADABLE', {}, { cause: error })
  })
  return { ...encoded, sha256: createHash('sha256').update(encoded.bytes).digest('hex') }
}

/**
 * Opaque JPEG and WebP become JPEG (they were lossy already; 92 at 4:4:4 is past what a diffusion model can tell, at a
 * fifth of a PNG's bytes and time); PNG and anything with alpha stay lossless.
 */
async function encode(image: Sharp, from: ImageMime, hasAlpha: boolean): Promise<Omit<NormalisedImage, 'sha256'>> {
  const lossless = hasAlpha || from === 'image/png'
  const output = lossless
    ? image.png({ compressionLevel: 6 })
    : image.jpeg({ quality: 92, chromaSubsampling: '4:4:4', mozjpeg: false })
  const { data, info } = await output.toBuffer({ resolveWithObject: true })
  return { bytes: data, mime: lossless ? 'image/png' : 'image/jpeg', width: info.width, height: info.height }
}

async function inspectOutput(
  bytes: Uint8Array,
  { name, mime, full }: OutputExpectation,
): Promise<{ width: number; height: number }> {
  if (sniffMime(bytes) !== mime) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'type' })
  const header = await readHeader(bytes)
  if (header === null) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'unreadable' })
  if (header.width * header.height > outputPixels) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'pixels' })
  const stdev = await spread(open(bytes, { failOn: 'warning', limitInputPixels: outputPixels })).catch(
    (error: unknown) => {
      throw new ForgeError('OUTPUT_INVALID', { name, reason: 'unreadable' }, { cause: error })
    },
  )
  if (full && stdev < uniformStdev) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'uniform' })
  return { width: header.width, height: header.height }
}

/** Largest standard deviation of a colour channel over a 64 × 64 reduction; decodes the whole image on the way. */
async function spread(image: Sharp): Promise<number> {
  const samples = await image.removeAlpha().toColourspace('srgb').resize(64, 64, { fit: 'fill' }).raw().toBuffer()
  const channels = [0, 1, 2].map((offset) => samples.filter((_, index) => index % 3 === offset))
  return Math.max(...channels.map(standardDeviation))
}

function standardDeviation(values: Uint8Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** Size as stored, before orientation; null when the header makes no sense. Decodes nothing. */
async function readHeader(bytes: Uint8Array) {
  try {
    const { width, height, pages = 1, hasAlpha } = await open(bytes, { limitInputPixels: false, pages: -1 }).metadata()
    return { width, height: Math.floor(height / pages), pages, hasAlpha }
  } catch {
    return null
  }
}

function open(bytes: Uint8Array, options: SharpOptions): Sharp {
  return sharp(bytes, { limitInputChannels: 5, sequentialRead: true, ...options }).timeout({ seconds: decodeSeconds })
}
