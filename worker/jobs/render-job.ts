import type { ClaimedJob } from '#shared/worker/schema.ts'
import { runPrompt } from '#worker/comfy/run-prompt.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import type { ImageRef } from '#worker/core/messages.ts'
import { promptIdOf } from '#worker/core/prompt-id.ts'
import { startProgress } from '#worker/core/read-progress.ts'
import { checkOutput } from '#worker/images/check-output.ts'
import type { FrameStream } from './frame-stream.ts'
import type { JobDeps } from './job-deps.ts'
import type { JobTrack } from './job-track.ts'
import { prepareGraph } from './prepare-graph.ts'

export type Rendered = { png: Uint8Array; width: number; height: number; gpuMs: number }

export type RenderOptions = {
  job: ClaimedJob
  template: Template
  /** True when an earlier process may already have posted the prompt. */
  resume: boolean
  track: JobTrack
  frames: FrameStream
}

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

async function runOnce(deps: JobDeps, options: RenderOptions, attach: boolean, signal: AbortSignal) {
  const { job, template, track, frames } = options
  const { variant } = template
  const graph = attach ? null : await prepareGraph(deps, job, template, signal)
  const outcome = await runPrompt(
    {
      http: deps.http,
      socket: deps.socket,
      promptId: promptIdOf({ job: job.id, epoch: job.epoch }),
      graph,
      output: variant.output,
      start: startProgress(template.graph, variant.sampler, variant.steps),
      otherModelWarm: [...deps.warm].some((key) => key !== job.modelKey),
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
  const output = await takeOutput(deps, outcome.image, signal)
  return output && { ...output, gpuMs: outcome.gpuMs }
}

/**
 * The GPU phase: gives the attempt's prompt to ComfyUI and brings its image back. A prompt that a former process posted
 * is attached to; it is posted (again) only when ComfyUI says that it does not know it, so an image is never made twice
 * because of us. Throws `JobFailure`.
 */
export async function renderJob(deps: JobDeps, options: RenderOptions, signal: AbortSignal): Promise<Rendered> {
  for (let run = 0, losses = 0; ; run += 1) {
    const attach = options.resume && run === 0
    const rendered = await runOnce(deps, options, attach, signal)
    if (rendered) {
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
