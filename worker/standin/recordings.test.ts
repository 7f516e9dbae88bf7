import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Graph } from './core/types.ts'
import cached from './recordings/flux-txt2img-cached-repeat.json' with { type: 'json' }
import fresh from './recordings/flux-txt2img-fresh.json' with { type: 'json' }
import legacy from './recordings/flux-txt2img-legacy-preview.json' with { type: 'json' }
import httpErrors from './recordings/http-errors.json' with { type: 'json' }
import saved from './recordings/save-image-output.json' with { type: 'json' }
import inpaint from './recordings/sdxl-inpaint.json' with { type: 'json' }
import alchemy from './recordings/sdxl-style-alchemy.json' with { type: 'json' }
import { startStandin } from './standin.ts'
import type { Standin } from './standin.ts'
import { TestClient, testImage, upload } from './testing/client.ts'

type Recording = {
  graph: unknown
  negotiated: boolean
  events: string[]
  extraData: Record<string, unknown>
  history: {
    keys: string[]
    outputs: Record<string, unknown>
    status: { status_str: string; messages: string[] }
    meta: unknown
  }
  job: { keys: string[]; status: string; outputs_count: number }
}

let standin: Standin

beforeAll(async () => {
  standin = await startStandin({ stepMs: 1, loadMs: 0 })
  const names = ['base.png', 'ref1.png', 'ref2.png', 'ref3.png', 'mask.png']
  for (const [turn, name] of names.entries()) await upload(standin.url, name, await testImage(64, turn * 40))
})

afterAll(() => standin.stop())

/** Replays a recorded prompt and compares what was heard and what HTTP says after. */
async function replay(recording: Recording): Promise<void> {
  const client = await TestClient.open(standin.url, { negotiate: recording.negotiated })
  const graph = structuredClone(recording.graph) as Graph
  const id = await client.run(graph, { extra_data: recording.extraData })
  expect(client.lines).toEqual(recording.events)
  const history = ((await client.json(`/api/history/${id}`)) as Record<string, Record<string, unknown>>)[id] ?? {}
  expect(Object.keys(history).sort()).toEqual(recording.history.keys)
  const status = history['status'] as { status_str: string; messages: [string, unknown][] }
  expect(status.messages.map(([event]) => event)).toEqual(recording.history.status.messages)
  expect(history['meta']).toEqual(recording.history.meta)
  expect(shapes(history['outputs'])).toEqual(shapes(recording.history.outputs))
  const job = await client.json(`/api/jobs/${id}`)
  expect(Object.keys(job).sort()).toEqual(recording.job.keys)
  expect(job['status']).toBe(recording.job.status)
  await client.close()
}

/** File names with their random letters taken out; counters stay out too, they depend on what ran before. */
function shapes(outputs: unknown): string {
  return JSON.stringify(outputs).replaceAll(/temp_[a-z]{5}_\d{5}_/g, 'temp_')
}

// The order matters: it is the order of the recording session, and what is cached depends on it.
test.each([
  ['a fresh run', fresh],
  ['a repeated graph, which runs nothing', cached],
  ['a client without preview metadata', legacy],
  ['SaveImage into a subfolder', saved],
  ['three style references', alchemy],
  ['inpainting with some nodes cached', inpaint],
])('%s sounds as recorded', async (_name, recording) => {
  await replay(recording)
})

type Answer = { error: { type: string }; node_errors?: Record<string, { errors: { type: string }[] }> }

/** Order of errors comes from a Python set and file lists from the installation: both are taken out. */
function comparable(answer: unknown): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(/not in \[.*?\]/g, 'not in')
    .replaceAll(/\[\["sd_xl.*?\]/g, '[[]')
  const value = JSON.parse(text) as Answer
  for (const node of Object.values(value.node_errors ?? {})) node.errors.sort((a, b) => (a.type < b.type ? -1 : 1))
  return value
}

test.each(httpErrors.map((pair) => [`${pair.method} ${pair.path} ${pair.status}`, pair] as const))(
  '%s answers as recorded',
  async (_name, pair) => {
    const body = pair.body === null ? null : JSON.stringify(pair.body)
    const response = await fetch(`${standin.url}${pair.path}`, { method: pair.method, body })
    expect(response.status).toBe(pair.status)
    expect(comparable(await response.json())).toEqual(comparable(pair.answer))
  },
)
