import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { Graph } from '#shared/workflows/graph.ts'
import type { ScratchFolder } from '#worker/comfy/scratch.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import { bindGraph, type Template } from '#worker/core/bind-graph.ts'
import type { JobFiles } from './fetch-inputs.ts'
import type { JobDeps } from './job-deps.ts'

export type GraphParts = { job: ClaimedJob; template: Template; files: () => Promise<JobFiles>; folder: ScratchFolder }

/**
 * The graph of one attempt, ready to post: files fetched, uploaded to ComfyUI into a folder that is this attempt's alone,
 * and everything bound. Waits for a ComfyUI that is restarting.
 */
export async function prepareGraph(deps: JobDeps, parts: GraphParts, signal: AbortSignal): Promise<Graph> {
  const { job, template, folder } = parts
  const { inputs, repaint } = await parts.files()
  const upload = (name: string, bytes: Uint8Array) =>
    whenReachable(() => folder.upload(name, bytes, signal), deps.times.awayMs, signal)
  const [images, mask] = await Promise.all([
    Promise.all(
      inputs.map(async ({ bytes, ...input }) => ({ ...input, file: await upload(`input-${input.order}.png`, bytes) })),
    ),
    repaint && upload('mask.png', repaint.softMask),
  ])
  const { prompt, negative, creativity, chaos, seed, params } = job.spec
  const nonce = `${job.id}:${job.epoch}`
  return bindGraph(template, { prompt, negative, creativity, chaos, seed, params, mask, images, nonce })
}
