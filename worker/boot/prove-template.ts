import { randomUUID } from 'node:crypto'
import sharp from 'sharp'
import type { ComfyHttp } from '#worker/comfy/http.ts'
import { runPrompt } from '#worker/comfy/run-prompt.ts'
import type { Pulse } from '#worker/comfy/pulse.ts'
import type { ComfySocket } from '#worker/comfy/socket.ts'
import { bindGraph, type Template } from '#worker/core/bind-graph.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { startProgress } from '#worker/core/read-progress.ts'
import type { WatchTimes } from '#worker/core/watch-rule.ts'
import { checkOutput } from '#worker/images/check-output.ts'

export type ProofDeps = { http: ComfyHttp; socket: ComfySocket; times: WatchTimes; pulse: Pulse }

/** Edge of the proof's inputs in pixels: a multiple of every model's grid, and little work for any of them. */
const edge = 256
/** Two, because some samplers do nothing at all with one. */
const steps = 2

/** A picture with every colour and no flat area: one that a broken VAE cannot return by chance. */
async function drawInput(): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: edge * edge * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % edge, Math.floor(at / 3 / edge)]
    return [x, y, (x ^ y) & 255][at % 3] ?? 0
  })
  return sharp(pixels, { raw: { width: edge, height: edge, channels: 3 } })
    .png()
    .toBuffer()
}

/** White in the middle, RGB as every mask of ours. */
async function drawMask(): Promise<Uint8Array> {
  const middle = { left: edge / 4, top: edge / 4, width: edge / 2, height: edge / 2 }
  const white = { create: { width: middle.width, height: middle.height, channels: 3, background: '#fff' } } as const
  return sharp({ create: { width: edge, height: edge, channels: 3, background: '#000' } })
    .composite([{ input: white, left: middle.left, top: middle.top }])
    .png()
    .toBuffer()
}

async function bindProof(template: Template, http: ComfyHttp, nonce: string, signal: AbortSignal) {
  const { variant } = template
  const upload = async (name: string, bytes: Uint8Array) => http.upload({ subfolder: 'self-test', name, bytes }, signal)
  const input = variant.images.length === 0 ? '' : await upload('input.png', await drawInput())
  const mask = variant.repaints ? await upload('mask.png', await drawMask()) : null
  const required = variant.images.filter((slot) => !slot.absent)
  return bindGraph(
    { ...template, variant: { ...variant, pixels: Math.min(variant.pixels, edge * edge), steps } },
    {
      prompt: 'a lighthouse at dusk',
      negative: '',
      creativity: 50,
      chaos: 50,
      seed: '1',
      params: {},
      images: required.map(({ role }) => ({ role, file: input, weight: 1, width: edge, height: edge })),
      mask,
      nonce,
    },
  )
}

/**
 * Runs one small job of the template from its upload to a decoded image: the only proof that the files load together on
 * this card. Afterwards its model is in memory. Throws `JobFailure` when it cannot, with the reason that a job would get.
 */
export async function proveTemplate(template: Template, deps: ProofDeps, signal: AbortSignal): Promise<void> {
  const promptId = randomUUID()
  const graph = await bindProof(template, deps.http, promptId, signal)
  const outcome = await runPrompt(
    {
      ...deps,
      promptId,
      graph,
      output: template.variant.output,
      start: startProgress(template.graph, template.variant.sampler, steps),
      onProgress() {},
      onPreview() {},
    },
    signal,
  )
  if (outcome.kind === 'lost') throw new JobFailure('engine-lost', 'ComfyUI lost the prompt')
  const png = await deps.http.view(outcome.image, signal)
  if (png === null) throw new JobFailure('output-none', 'ComfyUI made a file and has none')
  await checkOutput(png)
  await deps.http.forget(promptId, signal)
}
