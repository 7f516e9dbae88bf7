import { scale } from '../nodes/pixels.ts'
import type { PaintJob, Raster } from './job.ts'

/** The same job at a small size, for previews. */
export async function smallJob(job: PaintJob, longest: number): Promise<PaintJob> {
  const ratio = Math.min(1, longest / Math.max(job.width, job.height))
  const size = {
    width: Math.max(8, Math.round(job.width * ratio)),
    height: Math.max(8, Math.round(job.height * ratio)),
  }
  const small = (image: Raster) => scale(image, { ...size, method: 'bilinear' })
  return {
    ...job,
    ...size,
    base: job.base === null ? null : await small(job.base),
    mask: job.mask === null ? null : await small(job.mask),
    hints: await Promise.all(
      job.hints.map(async ({ image, weight, scene }) => ({
        image: await small(image),
        weight,
        scene: scene === null ? null : await small(scene),
      })),
    ),
  }
}
