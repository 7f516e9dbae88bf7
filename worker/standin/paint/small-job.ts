import { scale } from '../nodes/pixels.ts'
import type { PaintJob, Raster } from './job.ts'

/** Longest side of a preview's style images, px. */
const styleSide = 160

/** The same job at a small size, for previews. */
export async function smallJob(job: PaintJob, longest: number): Promise<PaintJob> {
  const ratio = Math.min(1, longest / Math.max(job.width, job.height))
  const size = {
    width: Math.max(8, Math.round(job.width * ratio)),
    height: Math.max(8, Math.round(job.height * ratio)),
  }
  const small = (image: Raster) => scale(image, { ...size, method: 'bilinear' })
  // Style images are not laid over the picture, so they keep their own shape.
  const thumb = (image: Raster) => {
    const share = Math.min(1, styleSide / Math.max(image.width, image.height))
    const side = (length: number) => Math.max(8, Math.round(length * share))
    return scale(image, { width: side(image.width), height: side(image.height), method: 'bilinear' })
  }
  return {
    ...job,
    ...size,
    base: job.base === null ? null : await small(job.base),
    mask: job.mask === null ? null : await small(job.mask),
    styles: await Promise.all(job.styles.map(async ({ image, weight }) => ({ image: await thumb(image), weight }))),
    hints: await Promise.all(
      job.hints.map(async ({ image, weight, scene }) => ({
        image: await small(image),
        weight,
        scene: scene === null ? null : await small(scene),
      })),
    ),
  }
}
