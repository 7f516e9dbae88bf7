import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { Graph } from '#shared/workflows/graph.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import { bindGraph, type Template } from '#worker/core/bind-graph.ts'
import { fetchInputs } from './fetch-inputs.ts'
import type { JobDeps } from './job-deps.ts'

/**
 * The graph of one attempt, ready to post: inputs fetched, uploaded to ComfyUI under the job's own folder (other jobs'
 * names cannot collide), and everything bound. Waits for a ComfyUI that is restarting.
 */
export async function prepareGraph(
  deps: JobDeps,
  job: ClaimedJob,
  template: Template,
  signal: AbortSignal,
): Promise<Graph> {
  const inputs = await fetchInputs(job, signal)
  const images = await Promise.all(
    inputs.map(async ({ bytes, ...input }) => {
      const file = { subfolder: `jobs/${job.id}`, name: `e${job.epoch}-${input.order}-${input.role}.png`, bytes }
      return { ...input, file: await whenReachable(() => deps.http.upload(file, signal), deps.times.awayMs, signal) }
    }),
  )
  const { prompt, negative, creativity, chaos, seed, params } = job.spec
  return bindGraph(template, {
    prompt,
    negative,
    creativity,
    chaos,
    seed,
    params,
    mask: null,
    images,
    nonce: `${job.id}:${job.epoch}`,
  })
}
