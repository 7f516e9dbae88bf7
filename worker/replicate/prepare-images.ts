import type { ClaimedJob } from '#shared/worker/schema.ts'
import { fitToGrid } from '#shared/workflows/size.ts'
import type { Variant } from '#shared/workflows/manifest.ts'
import type { ProviderOffer } from '#shared/workflows/provider.ts'
import { openImage } from '#worker/images/sharp.ts'
import type { FetchedInput, JobFiles } from '#worker/jobs/fetch-inputs.ts'

/** Pixels of an image that is only looked at. */
const referencePixels = 1_048_576

export type SendableImage = { role: FetchedInput['role']; name: string; bytes: Uint8Array }
export type Sendable = { images: SendableImage[]; mask: Uint8Array | null; aspect: number }

/** Area of the picture: the template's, or less where the job says so. */
function pixelsOf(variant: Variant, params: ClaimedJob['spec']['params']): number {
  const { maxPixels } = params
  return typeof maxPixels === 'number' && !variant.repaints ? Math.min(variant.pixels, maxPixels) : variant.pixels
}

/** Cut and scaled to the size that our own graph would give it. */
async function fitShape(input: FetchedInput, variant: Variant, pixels: number): Promise<Uint8Array> {
  const size = fitToGrid(input.width, input.height, pixels, variant.sizeMultiple)
  if (size.width === input.width && size.height === input.height) return input.bytes
  return openImage(input.bytes)
    .resize({ ...size, fit: 'cover', kernel: 'lanczos3' })
    .png({ compressionLevel: 3 })
    .toBuffer()
}

async function shrink({ bytes, width, height }: FetchedInput): Promise<Uint8Array> {
  const share = Math.sqrt(referencePixels / (width * height))
  if (share >= 1) return bytes
  // Rounded down: what is a pixel above a megapixel may be billed as two.
  return openImage(bytes)
    .resize({ width: Math.floor(width * share), height: Math.floor(height * share), fit: 'fill' })
    .png({ compressionLevel: 3 })
    .toBuffer()
}

/**
 * A job's files as a provider is to see them: the one that gives the shape as our graph would scale it, a work image and
 * its softened mask as they are, the others, and whatever is paid by the megapixel, at most a megapixel.
 */
export async function prepareImages(
  files: JobFiles,
  { offer, variant, job }: { offer: ProviderOffer; variant: Variant; job: ClaimedJob },
): Promise<Sendable> {
  const { params } = job.spec
  const pixels = pixelsOf(variant, params)
  const shape = files.inputs.find((input) => input.role === variant.sizeFrom)
  const wished = typeof params['aspect'] === 'number' ? params['aspect'] : 1
  const size = shape && fitToGrid(shape.width, shape.height, pixels, variant.sizeMultiple)
  const images = await Promise.all(
    files.inputs.map(async (input) => ({
      role: input.role,
      name: `input-${input.order}.png`,
      bytes:
        variant.repaints && input === shape
          ? input.bytes
          : await (input === shape && offer.usdPerImage === 0 ? fitShape(input, variant, pixels) : shrink(input)),
    })),
  )
  return { images, mask: files.repaint?.softMask ?? null, aspect: size ? size.width / size.height : wished }
}
