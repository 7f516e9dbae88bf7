import type { JobView } from '#shared/jobs/schema.ts'
import type { PressImages } from './press-images.ts'

/** The pictures of a job, by the assets that they already are: what a retry or a variation sends. */
export function assetsOf(job: JobView): PressImages {
  const { mask } = job
  return {
    inputs: job.inputs.map(({ role, weight, asset }) => ({ assetId: asset.id, role, weight })),
    mask: mask && { assetId: mask.asset.id, grow: mask.grow, feather: mask.feather },
  }
}
