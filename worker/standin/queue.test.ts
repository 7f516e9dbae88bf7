import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Painter } from './paint/painter.ts'
import { startStandin } from './standin.ts'
import type { Standin } from './standin.ts'
import { TestClient, difference, testImage, upload } from './testing/client.ts'
import { remixGraph } from './testing/graphs.ts'

const painter = new Painter()
let standin: Standin
let client: TestClient

beforeEach(async () => {
  standin = await startStandin({ stepMs: 4, loadMs: 0, previewSide: 32, painter })
  await upload(standin.url, 'base.png', await testImage())
  client = await TestClient.open(standin.url)
})

afterEach(() => standin.stop())
afterAll(() => painter.stop())

const slow = (nonce: string) =>
  remixGraph({ nonce, seed: nonce.length * 31 + nonce.charCodeAt(0), steps: 200, side: 16 })

function startOrder(): unknown[] {
  return client.messages.filter(({ type }) => type === 'execution_start').map(({ data }) => data['prompt_id'])
}

test('one prompt runs at a time, in order of number, front first', async () => {
  const first = await client.submit(slow('a'))
  const second = await client.submit(remixGraph({ nonce: 'b' }))
  const third = await client.submit(remixGraph({ nonce: 'c' }), { front: true })
  const fourth = await client.submit(remixGraph({ nonce: 'd' }), { number: -50 })
  expect(await client.json('/prompt')).toEqual({ exec_info: { queue_remaining: 4 } })
  await client.post('/api/interrupt', { prompt_id: first.id })
  for (const { id } of [second, third, fourth]) await client.untilEnd(id)
  expect(startOrder()).toEqual([first.id, fourth.id, third.id, second.id])
})

test('a running prompt is interrupted within a step, with its events, history and job status', async () => {
  const { id } = await client.submit(slow('a'))
  await client.untilLine('progress sampler')
  const cancel = await client.post(`/api/jobs/${id}/cancel`, {})
  expect(await cancel.json()).toEqual({ cancelled: true })
  await client.untilEnd(id)
  expect(client.lines.slice(-3)).toEqual(['execution_interrupted', 'status 0', 'executing None'])
  expect(await client.json(`/api/history/${id}`)).toMatchObject({
    [id]: { outputs: {}, status: { status_str: 'error' } },
  })
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({ status: 'cancelled' })
})

test('a queued prompt leaves no trace when cancelled', async () => {
  const running = await client.submit(slow('a'))
  const waiting = await client.submit(remixGraph())
  expect(await client.json(`/api/jobs/${waiting.id}`)).toMatchObject({ status: 'pending' })
  expect(await (await client.post(`/api/jobs/${waiting.id}/cancel`, {})).json()).toEqual({ cancelled: true })
  expect((await fetch(`${standin.url}/api/jobs/${waiting.id}`)).status).toBe(404)
  expect(await client.json(`/api/history/${waiting.id}`)).toEqual({})
  await client.post('/api/jobs/cancel', { job_ids: [running.id] })
  await client.untilEnd(running.id)
})

test('cancelling what is finished or unknown is a polite false', async () => {
  const id = await client.run(remixGraph())
  expect(await (await client.post(`/api/jobs/${id}/cancel`, {})).json()).toEqual({ cancelled: false })
  const unknown = await client.post(`/api/jobs/${crypto.randomUUID()}/cancel`, {})
  expect([unknown.status, await unknown.json()]).toEqual([200, { cancelled: false }])
})

test('an interrupt for another prompt does nothing; one without an id stops whatever runs', async () => {
  const { id } = await client.submit(slow('a'))
  await client.untilLine('progress sampler')
  await client.post('/interrupt', { prompt_id: crypto.randomUUID() })
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({ status: 'in_progress' })
  await client.post('/interrupt', {})
  await client.untilEnd(id)
  expect(await client.json(`/api/jobs/${id}`)).toMatchObject({ status: 'cancelled' })
})

test('POST /queue drops waiting prompts only', async () => {
  const running = await client.submit(slow('a'))
  const waiting = await client.submit(remixGraph())
  await client.post('/queue', { delete: [running.id, waiting.id] })
  const queue = (await client.json('/queue')) as { queue_running: unknown[][]; queue_pending: unknown[] }
  expect(queue.queue_running[0]?.[1]).toBe(running.id)
  expect(queue.queue_pending).toEqual([])
})

test('a changed nonce re-runs only the output node, the same graph under other ids runs nothing', async () => {
  await client.run(remixGraph({ nonce: 'one' }))
  client.lines.length = 0
  await client.run(remixGraph({ nonce: 'two' }))
  expect(client.lines.filter((line) => line.startsWith('executing'))).toEqual(['executing out', 'executing None'])
  client.lines.length = 0
  const renamed = JSON.parse(
    JSON.stringify(remixGraph({ nonce: 'two' })).replaceAll('"sampler"', '"ks"'),
  ) as ReturnType<typeof remixGraph>
  await client.run(renamed)
  expect(client.lines.filter((line) => line.startsWith('execut'))).toEqual([
    'execution_start',
    expect.stringMatching(/^execution_cached .*ks/),
    'executed out',
    'execution_success',
    'executing None',
  ])
})

test('a changed input file re-runs what hangs on it', async () => {
  const before = await client.result(await client.run(remixGraph()))
  await upload(standin.url, 'base.png', await testImage(64, 90), { overwrite: '1' })
  const after = await client.result(await client.run(remixGraph()))
  expect(await difference(before, after)).toBeGreaterThan(2)
})

test('two stand-ins give the same picture for the same prompt', async () => {
  const other = await startStandin({ stepMs: 1, loadMs: 0, previewSide: 32, painter })
  try {
    await upload(other.url, 'base.png', await testImage())
    const peer = await TestClient.open(other.url)
    const [a, b] = await Promise.all([client, peer].map(async (one) => one.result(await one.run(remixGraph()))))
    expect(a).toBeDefined()
    expect(await difference(a ?? Buffer.alloc(0), b ?? Buffer.alloc(0))).toBe(0)
    await peer.close()
  } finally {
    await other.stop()
  }
})

test('events go to the prompt’s own client only; without one, progress goes to all', async () => {
  const other = await TestClient.open(standin.url)
  await client.run(remixGraph({ nonce: 'mine' }))
  expect(other.lines.filter((line) => !line.startsWith('status') && line !== 'feature_flags')).toEqual([])
  const id = crypto.randomUUID()
  await client.post('/prompt', {
    prompt: remixGraph({ seed: 5 }),
    prompt_id: id,
    extra_data: { preview_method: 'auto' },
  })
  await other.until(() => other.lines.includes('progress sampler 3/3'))
  expect(other.lines).toContain('binary 4')
  expect(other.lines.some((line) => line.startsWith('execut'))).toBe(false)
  await other.close()
})

test('a client that comes back mid-run hears the running node and goes on', async () => {
  const { id } = await client.submit(slow('a'))
  await client.untilLine('progress sampler')
  await client.close()
  const again = await TestClient.open(standin.url, { id: client.id })
  expect(again.lines.slice(0, 2)).toEqual(['status 1 sid', 'executing sampler'])
  expect(again.messages[1]?.data).toEqual({ node: 'sampler' })
  await again.post(`/api/jobs/${id}/cancel`, {})
  await again.untilEnd(id)
  await again.close()
})

test('a socket that opens before its elder closed is orphaned when the elder goes', async () => {
  const younger = await TestClient.open(standin.url, { id: client.id })
  await client.close()
  const heard = younger.lines.length
  const { id } = await younger.submit(remixGraph())
  await expect.poll(async () => (await younger.json(`/api/history/${id}`))[id], { timeout: 4000 }).toBeDefined()
  expect(younger.lines.length).toBe(heard)
})

test('HTTP answers quickly while a large picture is painted', async () => {
  const { id } = await client.submit(remixGraph({ side: 512, steps: 2 }), { extra_data: {} })
  await client.untilLine('executing sampler')
  let answers = 0
  while (!client.lines.includes('executing None')) {
    await client.json('/prompt')
    answers += 1
  }
  await client.untilEnd(id)
  expect(answers).toBeGreaterThan(5)
}, 20_000)
