import sharp from 'sharp'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Painter } from './paint/painter.ts'
import { startStandin } from './standin.ts'
import type { Standin } from './standin.ts'
import { TestClient, testImage, upload } from './testing/client.ts'
import { remixGraph } from './testing/graphs.ts'

const painter = new Painter()
let standin: Standin
let client: TestClient

beforeEach(async () => {
  standin = await startStandin({ stepMs: 1, loadMs: 0, previewSide: 32, painter })
  await upload(standin.url, 'base.png', await testImage())
  client = await TestClient.open(standin.url)
})

afterEach(() => standin.stop())
afterAll(() => painter.stop())

/** Other processes may hold the CPU. */
const patience = { timeout: 4000, interval: 10 }

async function historyOf(id: string): Promise<unknown> {
  return (await client.json(`/api/history/${id}`))[id]
}

test('mute: the socket stays open and hears nothing more, the run goes on', async () => {
  standin.faults.arm({ fault: 'mute', after: 3 })
  const heard = client.lines.length
  const { id } = await client.submit(remixGraph())
  await expect.poll(() => historyOf(id), patience).toBeDefined()
  expect(client.lines.length).toBe(heard + 3)
  expect(client.closed).toBe(false)
})

test('close: sockets drop after so many messages, a new one hears again', async () => {
  standin.faults.arm({ fault: 'close', after: 2 })
  await client.submit(remixGraph())
  await client.until(() => client.closed)
  const again = await TestClient.open(standin.url)
  await again.run(remixGraph({ nonce: 'again' }))
  await again.close()
})

test('close without a count drops sockets at once', async () => {
  standin.faults.arm({ fault: 'close' })
  await client.until(() => client.closed)
})

test('stall: events wait, then come in order', async () => {
  standin.faults.arm({ fault: 'stall', ms: 700 })
  const heard = client.lines.length
  const { id } = await client.submit(remixGraph())
  await expect.poll(() => historyOf(id), patience).toBeDefined()
  expect(client.lines.length).toBe(heard)
  await client.untilEnd(id)
  expect(client.lines.at(-1)).toBe('executing None')
})

test('orphan: the next socket of a known client opens and stays silent', async () => {
  await client.close()
  standin.faults.arm({ fault: 'orphan' })
  const again = await TestClient.open(standin.url, { id: client.id, silent: true })
  const { id } = await again.submit(remixGraph())
  await expect.poll(() => historyOf(id), patience).toBeDefined()
  expect(again.lines).toEqual([])
})

test('answer-late: every event is heard before the reply to the POST', async () => {
  standin.faults.arm({ fault: 'answer-late' })
  await client.submit(remixGraph())
  expect(client.lines.at(-1)).toBe('executing None')
})

test('history-lag: the closing null comes first, history later', async () => {
  standin.faults.arm({ fault: 'history-lag', ms: 100 })
  const id = await client.run(remixGraph())
  expect(await historyOf(id)).toBeUndefined()
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({ status: 'in_progress' })
  await expect.poll(() => historyOf(id), patience).toBeDefined()
})

test('hang: steps stop until an interrupt', async () => {
  standin.faults.arm({ fault: 'hang', step: 2 })
  const { id } = await client.submit(remixGraph())
  await client.untilLine('progress sampler 1/3')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(client.lines.at(-1)).not.toContain('2/3')
  await client.post(`/api/jobs/${id}/cancel`, {})
  await client.untilEnd(id)
})

test('hang deaf: only a restart ends it', async () => {
  standin.faults.arm({ fault: 'hang', step: 1, deaf: true })
  const { id } = await client.submit(remixGraph())
  await expect.poll(() => standin.faults.report().fired, patience).toHaveLength(1)
  await client.post(`/api/jobs/${id}/cancel`, {})
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({ status: 'in_progress' })
  standin.faults.arm({ fault: 'restart', downMs: 10 })
  await client.until(() => client.closed)
})

test('drop-reply: the prompt runs though the POST fails', async () => {
  standin.faults.arm({ fault: 'drop-reply' })
  await expect(client.submit(remixGraph())).rejects.toThrow()
  await client.untilLine('executing None')
})

test('reject: the POST fails and nothing runs', async () => {
  standin.faults.arm({ fault: 'reject', status: 503 })
  const response = await client.post('/prompt', { prompt: remixGraph() })
  expect(response.status).toBe(503)
  expect(await client.json('/prompt')).toEqual({ exec_info: { queue_remaining: 0 } })
})

test('oom: the error as recorded, models unloaded, and the next try works', async () => {
  standin.faults.arm({ fault: 'oom', step: 2 })
  const id = await client.run(remixGraph())
  const error = client.messages.find(({ type }) => type === 'execution_error')?.data
  expect(error).toMatchObject({ node_id: 'sampler', node_type: 'KSampler', exception_type: 'torch.OutOfMemoryError' })
  expect(error?.['exception_message']).toContain('ran out of memory on your GPU')
  expect(client.lines.slice(-3)).toEqual(['execution_error', 'status 0', 'executing None'])
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({
    status: 'failed',
    execution_error: { node_id: 'sampler' },
  })
  expect(await client.json('/standin/state')).toMatchObject({ loadedModels: [] })
  const next = await client.run(remixGraph())
  expect(await client.json(`/api/jobs/${next}`)).toMatchObject({ status: 'completed' })
})

test('runtime-error: fails with the given message', async () => {
  standin.faults.arm({ fault: 'runtime-error', message: 'shape mismatch' })
  await client.run(remixGraph())
  const error = client.messages.find(({ type }) => type === 'execution_error')?.data
  expect(error).toMatchObject({ exception_type: 'RuntimeError', exception_message: 'shape mismatch\n' })
})

test('black-output: success with a black picture, and the same graph comes out right after', async () => {
  standin.faults.arm({ fault: 'black-output' })
  const spread = async () =>
    (await sharp(await client.result(await client.run(remixGraph()))).stats()).channels[0]?.stdev ?? 0
  expect(await spread()).toBe(0)
  expect(await spread()).toBeGreaterThan(5)
})

test('empty-output: success without any output', async () => {
  standin.faults.arm({ fault: 'empty-output' })
  const id = await client.run(remixGraph())
  expect(client.lines).toContain('execution_success')
  expect(await historyOf(id)).toMatchObject({ outputs: {}, status: { status_str: 'success' } })
})

test('truncated-output: the file ends half way', async () => {
  standin.faults.arm({ fault: 'truncated-output' })
  const png = await client.result(await client.run(remixGraph()))
  await expect(sharp(png, { failOn: 'truncated' }).raw().toBuffer()).rejects.toThrow()
})

test('missing-model: refused as a value not in the list, once', async () => {
  standin.faults.arm({ fault: 'missing-model', file: 'ae.safetensors' })
  expect(await client.json('/models/vae')).not.toContain('ae.safetensors')
  const { status, body } = await client.submit(remixGraph())
  expect(status).toBe(400)
  expect(JSON.stringify(body)).toContain('value_not_in_list')
  expect((await client.submit(remixGraph())).status).toBe(200)
})

test('restart: queue, history and temp files are gone, the port is the same', async () => {
  const id = await client.run(remixGraph())
  standin.faults.arm({ fault: 'restart', downMs: 20 })
  await client.until(() => client.closed)
  await expect
    .poll(
      () =>
        fetch(standin.url).then(
          () => 'up',
          () => 'down',
        ),
      patience,
    )
    .toBe('up')
  const fresh = await TestClient.open(standin.url)
  expect(await fresh.json('/history')).toEqual({})
  expect((await fetch(`${standin.url}/api/jobs/${id}`)).status).toBe(404)
  await fresh.run(remixGraph())
  expect(fresh.lines).toContain('execution_cached')
})

test('slow-view and missing-view touch one picture each', async () => {
  const id = await client.run(remixGraph())
  standin.faults.arm({ fault: 'slow-view', ms: 80 })
  const start = performance.now()
  await client.result(id)
  expect(performance.now() - start).toBeGreaterThan(70)
  standin.faults.arm({ fault: 'missing-view' })
  expect((await fetch(`${standin.url}/view?filename=base.png&type=input`)).status).toBe(404)
  expect((await fetch(`${standin.url}/view?filename=base.png&type=input`)).status).toBe(200)
})

test('worker-death: HTTP answers, the prompt stays in progress for ever', async () => {
  standin.faults.arm({ fault: 'worker-death' })
  const { id } = await client.submit(remixGraph())
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({ status: 'in_progress' })
  expect(client.lines).not.toContain('execution_start')
})

test('faults are armed, counted and cleared over HTTP', async () => {
  const armed = await client.post('/standin/faults', [
    { fault: 'slow-view', ms: 1, count: 2 },
    { fault: 'oom', step: 9 },
  ])
  expect(await armed.json()).toMatchObject({ armed: [{ fault: 'slow-view', count: 2 }, { fault: 'oom' }] })
  await fetch(`${standin.url}/view?filename=base.png&type=input`)
  const state = await client.json('/standin/state')
  expect(state).toMatchObject({
    armed: [{ fault: 'slow-view', count: 1 }, { fault: 'oom' }],
    fired: [{ fault: 'slow-view' }],
    sockets: 1,
  })
  expect((await client.post('/standin/faults', { fault: 'nope' })).status).toBe(400)
  await client.post('/standin/faults', { clear: true })
  expect(await client.json('/standin/state')).toMatchObject({ armed: [] })
})
