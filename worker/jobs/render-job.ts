import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { ScratchFolder } from '#worker/comfy/scratch.ts'
import { runPrompt } from '#worker/comfy/run-prompt.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import type { ImageRef } from '#worker/core/messages.ts'
import { promptIdOf } from '#worker/core/prompt-id.ts'
import { startProgress } from '#worker/core/read-progress.ts'
import { checkOutput } from '#worker/images/check-output.ts'
import { composeRepaint } from '#worker/images/repaint.ts'
import type { Picture } from '#worker/images/sharp.ts'
import { fetchInputs, type JobFiles } from './fetch-inputs.ts'
import type { FrameStream } from './frame-stream.ts'
import type { JobDeps } from './job-deps.ts'
import type { JobTrack } from './job-track.ts'
import { prepareGraph } from './prepare-graph.ts'

export type Rendered = { picture: Picture; width: number; height: number; gpuMs: number }

export type RenderOptions = {
  job: ClaimedJob
  template: Template
  /** True when an earlier process may already have posted the prompt. */
  resume: boolean
  track: JobTrack
  frames: FrameStream
  folder: ScratchFolder
}

type Run = RenderOptions & { files: () => Promise<JobFiles> }

/** Times that ComfyUI may lose one attempt's prompt (by restarting) before the attempt is given up. */
const maxLosses = 1

/** The result's bytes, checked; null when ComfyUI no longer has the file, which only a restart does. */
async function takeOutput(deps: JobDeps, image: ImageRef, signal: AbortSignal) {
  const view = () => whenReachable(() => deps.http.view(image, signal), deps.times.awayMs, signal)
  for (let attempt = 0; ; attempt += 1) {
    const png = await view()
    if (png === null) return null
    try {
      return { png, ...(await checkOutput(png)) }
    } catch (error) {
      // The file may be whole and only its way here broken: one more look before the attempt is lost.
      if (!(error instanceof JobFailure && error.code === 'OUTPUT_CORRUPT' && attempt === 0)) throw error
    }
  }
}

/** What is handed in: ComfyUI's picture, or what a mask lets it change of the work image. */
async function finishPicture({ job, files }: Run, png: Uint8Array): Promise<Picture> {
  const repaint = job.mask === null ? null : (await files()).repaint
  return repaint ? composeRepaint(repaint, png) : png
}

async function runOnce(deps: JobDeps, run: Run, attach: boolean, signal: AbortSignal): Promise<Rendered | null> {
  const { job, template, track, frames, folder } = run
  const { variant } = template
  const graph = attach ? null : await prepareGraph(deps, run, signal)
  const outcome = await runPrompt(
    {
      http: deps.http,
      socket: deps.socket,
      promptId: promptIdOf({ job: job.id, epoch: job.epoch }),
      graph,
      output: variant.output,
      start: startProgress(template.graph, variant.sampler, variant.steps),
      otherModelWarm: !deps.engine.freed,
      times: deps.times,
      onProgress: track.move,
      onPreview({ mime, bytes }) {
        const { step, steps } = track.progress()
        frames.offer({ mime, bytes, step, steps })
      },
    },
    signal,
  )
  if (outcome.kind === 'lost') return null
  folder.note(outcome.image)
  const output = await takeOutput(deps, outcome.image, signal)
  if (!output) return null
  const { png, width, height } = output
  return { picture: await finishPicture(run, png), width, height, gpuMs: outcome.gpuMs }
}

/** Fetches a job's files when they are first needed, and keeps them for a second run of the same attempt. */
function lazyFiles(job: ClaimedJob, signal: AbortSignal): () => Promise<JobFiles> {
  let files: Promise<JobFiles> | undefined
  return () => (files ??= fetchInputs(job, signal))
}

/**
 * The GPU phase: gives the attempt's prompt to ComfyUI and brings its image back. A prompt that a former process posted
 * is attached to; it is posted (again) only when ComfyUI says that it does not know it, so an image is never made twice
 * because of us. Throws `JobFailure`.
 */
export async function renderJob(deps: JobDeps, options: RenderOptions, signal: AbortSignal): Promise<Rendered> {
  const run = { ...options, files: lazyFiles(options.job, signal) }
  for (let runs = 0, losses = 0; ; runs += 1) {
    const attach = options.resume && runs === 0
    const rendered = await runOnce(deps, run, attach, signal)
    if (rendered) {
      deps.engine.freed = false
      deps.warm.clear()
      deps.warm.add(options.job.modelKey)
      return rendered
    }
    deps.log.warn({ job: options.job.id, epoch: options.job.epoch, attach }, 'ComfyUI does not know the prompt')
    if (!attach) {
      losses += 1
      deps.warm.clear()
    }
    if (losses > maxLosses) throw new JobFailure('ENGINE_UNREACHABLE', true, 'ComfyUI lost the prompt')
  }
}
