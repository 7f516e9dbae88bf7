import type { AssetView } from '#shared/assets/schema.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { MaskSource } from '#client/features/live/stage/soft-mask.ts'

export type JobPictures = {
  /** What it started from: the work image when there is one, else the image it is a version of; null for words alone. */
  before: AssetView | null
  /** What is shown: the small preview when there is one, else the full-size output. */
  shown: AssetView | null
  /** What is downloaded. */
  full: AssetView | null
  /** The strip of kept previews; null when the run had none. */
  timeline: AssetView | null
}

/** Picks from a job's files which one plays which part. */
export function jobPictures(job: JobView): JobPictures {
  const of = (kind: AssetView['kind']) => job.outputs.find((asset) => asset.kind === kind) ?? null
  const full = of('output')
  const main = job.inputs.find((input) => input.role !== 'style')?.asset ?? null
  return { before: of('work') ?? main, shown: of('preview') ?? full, full, timeline: of('timeline') }
}

/** The mask that a job paints in, with its softness; null when it paints everywhere. */
export function jobMask({ mask }: JobView): MaskSource | null {
  return mask && { url: mask.asset.url, softness: { grow: mask.grow, feather: mask.feather } }
}
