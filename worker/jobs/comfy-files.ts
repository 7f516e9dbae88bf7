import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { Graph } from '#shared/workflows/graph.ts'
import type { ScratchFolder } from '#worker/comfy/scratch.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import { bindGraph, type BindRequest, type Template } from '#worker/core/bind-graph.ts'
import type { JobFiles } from './fetch-inputs.ts'

/** A job's files as ComfyUI names them: everything that a graph needs and that costs a transfer. */
export type Uploaded = Pick<BindRequest, 'images' | 'mask'>

/**
 * Uploads a job's files into a folder that is its attempt's alone. Waits for a ComfyUI that is restarting, `awayMs` at
 * most.
 */
export async function uploadFiles(
  { inputs, repaint }: JobFiles,
  { folder, awayMs }: { folder: ScratchFolder; awayMs: number },
  signal: AbortSignal,
): Promise<Uploaded> {
  const upload = (name: string, bytes: Uint8Array) =>
    whenReachable(() => folder.upload(name, bytes, signal), awayMs, signal)
  const [images, mask] = await Promise.all([
    Promise.all(
      inputs.map(async ({ bytes, ...input }) => ({ ...input, file: await upload(`input-${input.order}.png`, bytes) })),
    ),
    repaint && upload('mask.png', repaint.softMask),
  ])
  return { images, mask }
}

/** The graph of one try at `pixels` of area, ready to post. Throws `JobFailure`. */
export function bindTry(
  template: Template,
  job: ClaimedJob,
  made: { files: Uploaded; pixels: number; nonce: string },
): Graph {
  const { prompt, negative, creativity, chaos, seed, params } = job.spec
  const request = { prompt, negative, creativity, chaos, seed, params, ...made.files, nonce: made.nonce }
  return bindGraph({ ...template, variant: { ...template.variant, pixels: made.pixels } }, request)
}
