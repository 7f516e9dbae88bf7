import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readPngText } from './core/png-text.ts'
import { startStandin } from './standin.ts'
import type { Standin } from './standin.ts'
import { TestClient, testImage, upload } from './testing/client.ts'
import { node, remixGraph } from './testing/graphs.ts'

let standin: Standin
let client: TestClient

beforeAll(async () => {
  standin = await startStandin({ stepMs: 1, loadMs: 0, previewSide: 64, maxBody: 1_000_000 })
  await upload(standin.url, 'base.png', await testImage())
  client = await TestClient.open(standin.url)
})

afterAll(async () => {
  await client.close()
  await standin.stop()
})

test('says what it is in system_stats', async () => {
  const stats = await client.json('/system_stats')
  expect(stats).toMatchObject({
    system: { comfyui_version: '0.33.0', forge_standin: true },
    devices: [{ name: 'stand-in (no GPU)' }],
  })
  expect(await client.json('/api/system_stats')).toMatchObject({ system: { forge_standin: true } })
})

test('its pictures carry the mark and the graph', async () => {
  const id = await client.run(remixGraph({ prompt: 'größe', nonce: 'mark' }))
  const texts = readPngText(await client.result(id))
  expect(texts['forge_standin']).toBe('1')
  expect(JSON.parse(texts['prompt'] ?? '')).toMatchObject({ pos: { inputs: { text: 'größe' } } })
})

test('a negotiated preview frame is a JPEG of the set size with its node and prompt', async () => {
  const id = await client.run(remixGraph({ seed: 99 }))
  const frame = client.frames.at(-1) ?? Buffer.alloc(8)
  const length = frame.readUInt32BE(4)
  const meta: unknown = JSON.parse(frame.toString('utf8', 8, 8 + length))
  expect(meta).toMatchObject({ node_id: 'sampler', prompt_id: id, image_type: 'image/jpeg' })
  const info = await sharp(frame.subarray(8 + length)).metadata()
  expect(info.format).toBe('jpeg')
  expect(Math.max(info.width, info.height)).toBe(64)
})

test('previews are off unless the prompt asks for them', async () => {
  const before = client.frames.length
  await client.run(remixGraph({ seed: 100 }), { extra_data: {} })
  expect(client.frames.length).toBe(before)
})

test.each([
  ['bad JSON', '{'],
  ['a list', '[]'],
  ['a list as prompt', '{"prompt":[]}'],
  ['extra_data null', JSON.stringify({ prompt: remixGraph(), extra_data: null })],
])('%s gives a plain 500', async (_name, body) => {
  const response = await fetch(`${standin.url}/prompt`, { method: 'POST', body })
  expect(response.status).toBe(500)
  expect(response.headers.get('content-type')).toContain('text/plain')
})

test('a partly valid prompt runs and reports the dropped outputs with 200', async () => {
  const graph = {
    ...remixGraph({ nonce: 'partly' }),
    l: node('LoadImage', { image: 'nope.png' }),
    o2: node('PreviewImage', { images: ['l', 0] }),
  }
  const { id, status, body } = await client.submit(graph)
  expect(status).toBe(200)
  expect(Object.keys(body['node_errors'] as object)).toEqual(['l'])
  await client.untilEnd(id)
})

test('the same id posted twice runs twice', async () => {
  const graph = remixGraph()
  const { id } = await client.submit(graph)
  const again = await client.post('/prompt', { prompt: graph, prompt_id: id, client_id: client.id })
  expect(again.status).toBe(200)
  const ends = () =>
    client.messages.filter(
      ({ type, data }) => type === 'executing' && data['node'] === null && data['prompt_id'] === id,
    )
  await client.until(() => ends().length === 2)
  expect(await client.json('/standin/state')).toMatchObject({ accepted: { [id]: 2 } })
})

test('uploads reuse equal bytes, rename others and overwrite when told', async () => {
  const [a, b] = [await testImage(16, 1), await testImage(16, 2)]
  const name = async (response: Promise<Response>) => ((await (await response).json()) as { name: string }).name
  expect(await name(upload(standin.url, 'up.png', a))).toBe('up.png')
  expect(await name(upload(standin.url, 'up.png', a))).toBe('up.png')
  expect(await name(upload(standin.url, 'up.png', b))).toBe('up (1).png')
  expect(await name(upload(standin.url, 'up.png', b, { overwrite: 'True' }))).toBe('up (1).png')
  expect(await name(upload(standin.url, 'up.png', b, { overwrite: 'true' }))).toBe('up.png')
})

test.each([
  ['a subfolder upwards', 400, { subfolder: '../..' }, 'x.png'],
  ['a name upwards', 400, {}, '../x.png'],
  ['a name with a slash', 500, {}, 'no/x.png'],
  ['an unknown type', 500, { type: 'foo' }, 'x.png'],
  ['a subfolder', 200, { subfolder: 'jobs/1', type: 'input' }, 'x.png'],
])('an upload with %s answers %i', async (_name, status, fields, name) => {
  const response = await upload(standin.url, name, await testImage(8), fields)
  expect(response.status).toBe(status)
})

test('a body over the limit gives 413 as text', async () => {
  const response = await upload(standin.url, 'big.png', Buffer.alloc(1_200_000))
  expect(response.status).toBe(413)
  expect(response.headers.get('content-type')).toContain('text/plain')
})

test.each([
  ['no name', 404, ''],
  ['a name upwards', 400, 'filename=../x.png&type=input'],
  ['an unknown type', 400, 'filename=base.png&type=foo'],
  ['an unknown file', 404, 'filename=nope.png&type=input'],
  ['the default type, output', 404, 'filename=base.png'],
  ['an input', 200, 'filename=base.png&type=input'],
])('/view with %s answers %i', async (_name, status, query) => {
  expect((await fetch(`${standin.url}/api/view?${query}`)).status).toBe(status)
})

test('/view re-encodes previews', async () => {
  const response = await fetch(`${standin.url}/view?filename=base.png&type=input&preview=webp;80`)
  expect(response.headers.get('content-type')).toBe('image/webp')
})

test.each([
  ['a cross-site call', { 'sec-fetch-site': 'cross-site' }],
  ['another origin', { origin: 'http://example.com' }],
])('%s is refused with 403', async (_name, headers) => {
  // fetch would drop these header names, a raw request does not.
  const { request } = await import('node:http')
  const status = await new Promise((resolve) => {
    request(`${standin.url}/queue`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).end()
  })
  expect(status).toBe(403)
})

test('a socket from another origin is refused', async () => {
  const socket = new WebSocket(`${standin.url.replace('http', 'ws')}/ws`, { origin: 'http://example.com' })
  const message = await new Promise<string>((resolve) => socket.once('error', (error) => resolve(error.message)))
  expect(message).toContain('403')
})

test('the socket offers no compression and takes /api/ws', async () => {
  const socket = new WebSocket(`${standin.url.replace('http', 'ws')}/api/ws`)
  await new Promise((resolve) => socket.once('open', resolve))
  expect(socket.extensions).toBe('')
  socket.close()
})

test('unknown routes, classes, folders and jobs answer as ComfyUI does', async () => {
  expect((await fetch(`${standin.url}/nope`)).status).toBe(404)
  expect((await fetch(`${standin.url}/jobs`)).status).toBe(404)
  expect((await fetch(`${standin.url}/models/nope`)).status).toBe(404)
  expect(await client.json('/object_info/Nope')).toEqual({})
  expect(await client.json('/models/vae')).toContain('ae.safetensors')
  expect(Object.keys(await client.json('/object_info'))).toContain('KSampler')
})

test('LoadImage lists the uploaded files and loaders their models', async () => {
  const info = (await client.json('/object_info/LoadImage')) as Record<
    string,
    { input: { required: { image: [string[]] } } }
  >
  expect(info['LoadImage']?.input.required.image[0]).toContain('base.png')
})

test('history pages, is deleted by id and cleared', async () => {
  const first = await client.run(remixGraph({ nonce: 'h1' }))
  const second = await client.run(remixGraph({ nonce: 'h2' }))
  expect(Object.keys(await client.json('/history?max_items=1'))).toEqual([second])
  await client.post('/history', { delete: [first] })
  expect(await client.json(`/history/${first}`)).toEqual({})
  await client.post('/history', { clear: true })
  expect(await client.json('/history')).toEqual({})
})

test('jobs are filtered, sorted and paged', async () => {
  const ids = [await client.run(remixGraph({ nonce: 'j1' })), await client.run(remixGraph({ nonce: 'j2' }))]
  const page = (await client.json('/api/jobs?status=completed&limit=1')) as {
    jobs: { id: string }[]
    pagination: unknown
  }
  expect(page.jobs.map(({ id }) => id)).toEqual([ids[1]])
  expect(page.pagination).toMatchObject({ offset: 0, limit: 1, has_more: true })
  expect((await fetch(`${standin.url}/api/jobs?status=nope`)).status).toBe(400)
})

test('/free forgets finished nodes when told, and models', async () => {
  await client.run(remixGraph({ nonce: 'free' }))
  await client.post('/free', { free_memory: true })
  expect(await client.json('/standin/state')).toMatchObject({ loadedModels: [] })
  client.lines.length = 0
  await client.run(remixGraph({ nonce: 'free' }))
  expect(client.lines).toContain('execution_cached')
})
