import { scale } from '../nodes/pixels.ts'
import type { PaintJob, Raster, StyleRef } from './job.ts'

/** The same job at a small size, for previews. */
export async function smallJob(job: PaintJob, longest: number): Promise<PaintJob> {
  const ratio = Math.min(1, longest / Math.max(job.width, job.height))
  const size = {
    width: Math.max(8, Math.round(job.width * ratio)),
    height: Math.max(8, Math.round(job.height * ratio)),
  }
  const small = (image: Raster) => scale(image, { ...size, method: 'bilinear' })
  const smallHints = (refs: StyleRef[]) =>
    Promise.all(refs.map(async (ref) => ({ ...ref, image: await small(ref.image) })))
  return {
    ...job,
    ...size,
    base: job.base === null ? null : await small(job.base),
    mask: job.mask === null ? null : await small(job.mask),
    hints: await smallHints(job.hints),
  }
}
