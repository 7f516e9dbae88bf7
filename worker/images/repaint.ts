import { compositeMasked } from '#shared/mask/composite.ts'
import type { MaskSoftness } from '#shared/mask/rules.ts'
import { softenMask } from '#shared/mask/soften.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { openPicture, type Picture, readPixels, type Raster } from './sharp.ts'

/** What stays and what may change: the work image's own pixels and one blend weight for each. */
export type Repaint = {
  work: Raster
  alpha: Uint8Array
  /** The weights as ComfyUI is to see them. RGB: it reads 8-bit grey a shade too dark, so that white is not quite white. */
  softMask: Uint8Array
}

function refuse(detail: string, cause?: unknown): never {
  throw new JobFailure('input-bad', detail, { cause })
}

async function encodeMask(alpha: Uint8Array, { width, height }: Raster): Promise<Uint8Array> {
  const data = new Uint8Array(alpha.length * 3)
  for (let i = 0, at = 0; i < alpha.length; i += 1, at += 3) data.fill(alpha[i] ?? 0, at, at + 3)
  return openPicture({ data, width, height }).png({ compressionLevel: 1, palette: false }).toBuffer()
}

/**
 * Softens a mask for its work image. Throws `JobFailure` `INPUT_UNREADABLE`, not to be retried, when the two differ in
 * size (never scaled: the edge would move), when one does not decode, or when nothing is left to repaint.
 */
export async function prepareRepaint(
  workImage: Uint8Array,
  mask: { bytes: Uint8Array; softness: MaskSoftness },
): Promise<Repaint> {
  const [work, painted] = await Promise.all([
    readPixels(workImage).catch((error: unknown) => refuse('work image does not decode', error)),
    readPixels(mask.bytes).catch((error: unknown) => refuse('mask does not decode', error)),
  ])
  const { width, height } = work
  if (painted.width !== width || painted.height !== height) {
    refuse(`mask is ${painted.width} × ${painted.height}, its work image ${width} × ${height}`)
  }
  const alpha = softenMask(painted.data, width, height, mask.softness)
  if (alpha.every((value) => value === 0)) refuse('the mask leaves nothing to repaint')
  return { work, alpha, softMask: await encodeMask(alpha, work) }
}

/**
 * ComfyUI's picture laid over the work image: whatever it did outside the soft mask, there the result is the work image
 * bit for bit. Throws `JobFailure` when the picture has another size.
 */
export async function composeRepaint({ work, alpha }: Repaint, picture: Picture): Promise<Raster> {
  const painted = picture instanceof Uint8Array ? await readPixels(picture) : picture
  if (painted.width !== work.width || painted.height !== work.height) {
    const sizes = `${painted.width} × ${painted.height} for ${work.width} × ${work.height}`
    throw new JobFailure('output-size', `the graph made a picture of ${sizes}`)
  }
  return { ...work, data: compositeMasked(work.data, painted.data, alpha) }
}
