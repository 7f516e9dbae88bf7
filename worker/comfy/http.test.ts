import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createComfyHttp } from './http.ts'
import { submitPrompt } from './submit-prompt.ts'

const never = new AbortController().signal
const promptId = '6f1c0d2e-0000-5000-8000-000000000000'
const submission = { promptId, clientId: 'c', graph: {} }

async function comfyThat(answer: RequestListener) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const http = createComfyHttp({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, timeoutMs: 300 })
  return { http, seen }
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const nodeErrors = {
  unet: {
    class_type: 'UNETLoader',
    errors: [{ type: 'value_not_in_list', message: '', details: '', extra_info: { input_name: 'unet_name' } }],
  },
}

describe('createComfyHttp', () => {
  it('pitfall 8: takes a 200 with node errors for a refusal and cancels what was accepted', async () => {
    const { http, seen } = await comfyThat(json(200, { prompt_id: promptId, number: 1, node_errors: nodeErrors }))

    await expect(submitPrompt(http, submission, 1_000, never)).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      rule: { retry: 'elsewhere', remedy: 'strike-template' },
    })
    expect(seen).toEqual(['POST /api/prompt', `POST /api/jobs/${promptId}/cancel`])
  })

  it('reads a 400 by its node errors', async () => {
    const { http } = await comfyThat(
      json(400, { error: { type: 'prompt_outputs_failed_validation', message: '' }, node_errors: nodeErrors }),
    )

    expect(await http.submit(submission, never)).toMatchObject({ code: 'MODEL_MISSING' })
  })

  // A rejection outside any promise fails the run by itself.
  it('survives an upload that was aborted before it began', async () => {
    const { http, seen } = await comfyThat(json(200, { name: 'a.png', subfolder: '', type: 'input' }))
    const reason = new Error('canceled')
    const file = { subfolder: 'jobs', name: 'a.png', bytes: new Uint8Array(30_000) }

    await expect(http.upload(file, AbortSignal.abort(reason))).rejects.toBe(reason)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(seen).toEqual([])
  })

  it('takes an empty node_errors list for none', async () => {
    const { http } = await comfyThat(json(200, { prompt_id: promptId, node_errors: [] }))

    expect(await http.submit(submission, never)).toBeNull()
  })

  it.each<[string, RequestListener]>([
    ['500 in plain text', (_request, response) => void response.writeHead(500).end('Traceback …')],
    ['broken JSON', (_request, response) => void response.writeHead(200).end('{')],
    ['nothing in time', () => {}],
    ['a cut connection', (request) => void request.socket.destroy()],
    ['a job of unknown shape', json(200, { status: 'dreaming' })],
  ])('counts %s as no answer', async (_what, answer) => {
    const { http } = await comfyThat(answer)

    await expect(http.job(promptId, never)).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE', retry: true })
  })

  it('tells an unknown prompt and a missing file from no answer', async () => {
    const { http } = await comfyThat(json(404, { error: 'x' }))

    expect(await http.job(promptId, never)).toBeNull()
    expect(await http.view({ filename: 'a.png', subfolder: '', type: 'temp' }, never)).toBeNull()
  })

  it('throws the caller’s own reason when the caller aborts', async () => {
    const { http } = await comfyThat(() => {})

    await expect(http.job(promptId, AbortSignal.abort(new Error('mine')))).rejects.toThrow('mine')
  })

  it('pitfall 12: writes the name that ComfyUI chose for an upload, not the one it asked for', async () => {
    const { http } = await comfyThat(json(200, { name: 'base (1).png', subfolder: 'jobs/x', type: 'input' }))

    expect(await http.upload({ subfolder: 'jobs/x', name: 'base.png', bytes: Buffer.from('x') }, never)).toBe(
      'jobs/x/base (1).png',
    )
  })
})
