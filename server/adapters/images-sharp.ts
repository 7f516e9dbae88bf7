import { createHash } from 'node:crypto'
import sharp, { type Sharp } from 'sharp'
import { createLimit } from '#server/concurrency/limit.ts'
import { type ImageMime, imageLimits } from '#shared/assets/rules.ts'
import { ForgeError } from '#shared/errors.ts'
import { maxAspect } from '#shared/workflows/size.ts'
import { sniffMime } from './image-sniff.ts'
import type { Images, NormalisedImage, OutputExpectation, OutputFacts, Pixels } from './images.ts'
import { dominantColour } from './dominant-colour.ts'
import { leavesPaint, readMask, scaleToGrid } from './images-repaint.ts'
import { openImage, readHeader, readStill } from './open-image.ts'

/** Spread of 8-bit samples below which a finished image is taken for a failed decode (NaN latents come out black). */
const uniformStdev = 1
/** Long edge of a worker's file, pixels; a timeline strip is the widest. */
const outputPixels = 64 * 1024 * 1024

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
    normaliseMask: (raw, size) => limit(async () => asPng(await readMask(raw, size), size)),
    leavesPaint: (mask, softness) => limit(() => leavesPaint(mask, softness)),
    scaleToGrid: (bytes, size) => limit(async () => asPng(await scaleToGrid(bytes, size), size)),
    inspectOutput: (bytes, expected) => limit(() => inspectOutput(bytes, expected)),
  }
}

async function normalise(raw: Uint8Array): Promise<NormalisedImage> {
  const { mime, width, height, hasAlpha } = await readStill(raw)
  const [short, long] = width < height ? [width, height] : [height, width]
  if (short < imageLimits.shortEdge) {
    throw new ForgeError('IMAGE_TOO_SMALL', { width, height, min: imageLimits.shortEdge })
  }
  if (long > short * maxAspect) throw new ForgeError('IMAGE_TOO_NARROW', { width, height, max: maxAspect })
  // Not `warning`: cameras write harmless oddities, and nothing of the original survives the re-encoding.
  const options = { failOn: 'error', limitInputPixels: imageLimits.pixels } as const
  const image = openImage(raw, options).autoOrient().toColourspace('srgb')
  const encoded = await encode(image, mime, hasAlpha).catch((error: unknown) => {
    throw new ForgeError('FILE_UNREADABLE', {}, { cause: error })
  })
  return { ...encoded, sha256: sha256(encoded.bytes) }
}

function asPng(bytes: Uint8Array, { width, height }: Pixels): NormalisedImage {
  return { bytes, mime: 'image/png', width, height, sha256: sha256(bytes) }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
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

async function inspectOutput(bytes: Uint8Array, { name, mime, full }: OutputExpectation): Promise<OutputFacts> {
  if (sniffMime(bytes) !== mime) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'type' })
  const header = await readHeader(bytes)
  if (header === null) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'unreadable' })
  if (header.width * header.height > outputPixels) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'pixels' })
  const samples = await reduce(openImage(bytes, { failOn: 'warning', limitInputPixels: outputPixels })).catch(
    (error: unknown) => {
      throw new ForgeError('OUTPUT_INVALID', { name, reason: 'unreadable' }, { cause: error })
    },
  )
  if (full && spread(samples) < uniformStdev) throw new ForgeError('OUTPUT_INVALID', { name, reason: 'uniform' })
  return { width: header.width, height: header.height, colour: dominantColour(samples) }
}

/** A 64 × 64 reduction as RGB; decodes the whole image on the way. */
async function reduce(image: Sharp): Promise<Uint8Array> {
  return image.removeAlpha().toColourspace('srgb').resize(64, 64, { fit: 'fill' }).raw().toBuffer()
}

/** Largest standard deviation of a colour channel. */
function spread(samples: Uint8Array): number {
  const channels = [0, 1, 2].map((offset) => samples.filter((_, index) => index % 3 === offset))
  return Math.max(...channels.map(standardDeviation))
}

function standardDeviation(values: Uint8Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
