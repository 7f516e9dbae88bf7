import { toJpeg } from '../nodes/pixels.ts'
import { previewRaster } from '../paint/preview.ts'
import type { PaintJob, PaintRequest, Raster } from '../paint/job.ts'
import { smallJob } from '../paint/small-job.ts'
import { orAborted, wait } from './wait.ts'

/** Longest side of what previews are made from; real ones come from latents an eighth of the picture. */
const sketchSide = 128

export type SamplerRun = {
  steps: number
  stepMs: number
  /** Longest side of a preview frame, px. */
  previewSide: number
  /** Whether anybody gets previews (`preview_method` of the prompt). */
  previews: boolean
  signal: AbortSignal
  paint: (request: PaintRequest) => Promise<Raster>
  /** Called before a step counts as done: where faults strike. */
  beforeStep: (step: number) => Promise<void>
  onStep: (step: number, jpeg: Buffer | null) => void
  /** Whether previews are black now, as of a latent that became NaN. */
  isNaN: () => boolean
}

/**
 * Runs a sampler: the picture is painted on the paint thread while steps pass at their own pace. The last step
 * waits for the picture, so `steps` of `steps` is never said too early.
 */
export async function runSampler(job: PaintJob, run: SamplerRun): Promise<Raster> {
  const sketch = run.previews ? run.paint({ op: 'paint', job: await smallJob(job, sketchSide) }) : null
  const full = run.paint({ op: 'paint', job })
  // Both are awaited below; a run that ends early must not leave a rejection unheard.
  sketch?.catch(() => null)
  full.catch(() => null)
  const started = performance.now()
  for (let step = 1; step <= run.steps; step += 1) {
    await wait(started + step * run.stepMs - performance.now(), run.signal)
    await run.beforeStep(step)
    if (step === run.steps) await orAborted(full, run.signal)
    run.onStep(step, sketch === null ? null : await preview({ job, run, step, sketch, full }))
  }
  return orAborted(full, run.signal)
}

async function preview(at: {
  job: PaintJob
  run: SamplerRun
  step: number
  sketch: Promise<Raster>
  full: Promise<Raster>
}): Promise<Buffer> {
  const { job, run, step } = at
  const last = step === run.steps
  const picture = await orAborted(last ? at.full : at.sketch, run.signal)
  const shown = last
    ? picture
    : await previewRaster(picture, { seed: job.seed, done: step / run.steps, denoise: job.denoise })
  const seen = run.isNaN() ? { ...shown, data: new Uint8Array(shown.data.length) } : shown
  return toJpeg(seen, run.previewSide)
}
