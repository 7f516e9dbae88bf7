import { randomUUID } from 'node:crypto'
import type { Graph } from '#shared/workflows/graph.ts'
import type { Variant } from '#shared/workflows/manifest.ts'
import { createComfyHttp, type ComfyHttp } from '#worker/comfy/http.ts'
import { runPrompt, type PromptOutcome, type PromptRun } from '#worker/comfy/run-prompt.ts'
import { takePulse } from '#worker/comfy/pulse.ts'
import { openComfySocket, type ComfySocket } from '#worker/comfy/socket.ts'
import { bindGraph } from '#worker/core/bind-graph.ts'
import { startProgress } from '#worker/core/read-progress.ts'
import { watchTimes } from '#worker/core/watch-rule.ts'
import type { TestClient } from '#worker/standin/testing/client.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { readTemplate } from '#worker/testing/templates.ts'
import { readComfyEnv } from './env.ts'

/** A graph as the stand-in's test client takes it. */
export function forClient(graph: Graph): Parameters<TestClient['run']>[0] {
  return graph as Parameters<TestClient['run']>[0]
}

export const never: AbortSignal = new AbortController().signal

/** A remix of a noisy image, bound but for what a test wants different. */
export type Prompt = { id: string; graph: Graph; variant: Variant }

/** The worker's own HTTP client, socket and prompt runner on the ComfyUI at COMFY_URL, without a control plane. */
export type Driver = {
  url: string
  http: ComfyHttp
  socket: ComfySocket
  /** `steps`: about 30 ms each, so that hundreds are a prompt to interrupt. */
  bind: (wish?: { steps?: number; nonce?: string; seed?: string; prompt?: string }) => Promise<Prompt>
  run: (prompt: Prompt, overrides?: Partial<PromptRun>) => Promise<PromptOutcome>
  submit: (prompt: Prompt) => ReturnType<ComfyHttp['submit']>
  /** Waits until ComfyUI says this of the prompt. */
  until: (id: string, status: string) => Promise<void>
  [Symbol.dispose]: () => void
}

/** Opens a driver with a client id of its own: `using driver = openDriver()`. */
export function openDriver(): Driver {
  const { COMFY_URL: url } = readComfyEnv()
  const http = createComfyHttp({ url, timeoutMs: 30_000 })
  const socket = openComfySocket({ url, clientId: `test-${randomUUID()}` })
  const { graph: template, variant } = readTemplate('remix', 'schnell')

  async function bind({ steps = 2, nonce, seed = '1', prompt = 'rust' }: Parameters<Driver['bind']>[0] = {}) {
    const id = randomUUID()
    const bytes = await noisyImage(128, 128)
    const file = await http.upload({ subfolder: 'tests', name: `${id}.png`, bytes }, never)
    const toy = { ...variant, steps, pixels: 128 * 128 }
    const image = { role: 'base', file, weight: 1, width: 128, height: 128 } as const
    const request = { prompt, negative: '', creativity: 50, chaos: 50, seed, params: {}, images: [image], mask: null }
    return { id, variant: toy, graph: bindGraph({ graph: template, variant: toy }, { ...request, nonce: nonce ?? id }) }
  }

  return {
    url,
    http,
    socket,
    bind,
    run: ({ id: promptId, graph, variant: toy }, overrides = {}) =>
      runPrompt(
        {
          http,
          socket,
          promptId,
          graph,
          output: toy.output,
          start: startProgress(graph, toy.sampler, toy.steps),
          times: { ...watchTimes, pollMs: 100 },
          pulse: takePulse(url),
          onProgress() {},
          onPreview() {},
          ...overrides,
        },
        never,
      ),
    submit: ({ id: promptId, graph }) => http.submit({ promptId, clientId: socket.clientId, graph }, never),
    async until(id, status) {
      const deadline = performance.now() + 30_000
      while ((await http.job(id, never))?.status !== status) {
        if (performance.now() > deadline) throw new Error(`the prompt was not ${status} within 30 s`)
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    },
    [Symbol.dispose]: () => socket.close(),
  }
}
