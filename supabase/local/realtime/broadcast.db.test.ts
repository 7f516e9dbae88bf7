import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collect, eventually, join, pause, startTestServer } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

const secret = { config: { private: true } }
let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** A listener on a fresh private channel that anyone signed in may read and send to. */
async function listen(prefix = 'open') {
  const name = `${prefix}:${randomUUID()}`
  const channel = server.client({ token: await server.token() }).channel(name, secret)
  const received = collect(channel)
  expect(await join(channel)).toEqual({ status: 'SUBSCRIBED' })
  return { name, received }
}

function post(path: string, headers: Record<string, string>, body: BodyInit): Promise<Response> {
  return fetch(`${server.url}/realtime/v1/api/broadcast${path}`, { method: 'POST', headers, body })
}

test.each([
  ['1.0.0', '2.0.0'],
  ['2.0.0', '1.0.0'],
  ['2.0.0', '2.0.0'],
] as const)('a public broadcast goes from a %s client to a %s client', async (from, to) => {
  const name = randomUUID()
  const sender = server.client({ vsn: from }).channel(name, { config: { broadcast: { ack: true } } })
  const listener = server.client({ vsn: to }).channel(name)
  const [own, received] = [collect(sender), collect(listener)]
  await Promise.all([join(sender), join(listener)])

  expect(await sender.send({ type: 'broadcast', event: 'frame', payload: { text: 'ü🔥' } })).toBe('ok')

  await eventually(() => received.length === 1, 'the broadcast')
  expect(received[0]).toMatchObject({ event: 'frame', payload: { text: 'ü🔥' } })
  expect(own).toEqual([])
})

test('a sender that asked to hears itself', async () => {
  const channel = server.client().channel(randomUUID(), { config: { broadcast: { self: true } } })
  const received = collect(channel)
  await join(channel)

  await channel.send({ type: 'broadcast', event: 'x', payload: {} })

  await eventually(() => received.length === 1, 'its own broadcast')
})

test('bytes go from socket to socket unchanged', async () => {
  const { name, received } = await listen()
  const sender = server.client({ token: await server.token() }).channel(name, secret)
  await join(sender)
  const bytes = Uint8Array.from({ length: 24 * 1024 }, (_, i) => i % 256)

  await sender.send({ type: 'broadcast', event: 'raw', payload: bytes.buffer })

  await eventually(() => received.length === 1, 'the bytes')
  expect(Buffer.from(received[0]?.payload as ArrayBuffer).equals(Buffer.from(bytes))).toBe(true)
})

test('frames keep their order although the first one waits for the policy', async () => {
  const { name, received } = await listen()
  const sender = server.client({ token: await server.token() }).channel(name, secret)
  await join(sender)

  for (let seq = 0; seq < 50; seq++) await sender.send({ type: 'broadcast', event: 'frame', payload: { seq } })

  await eventually(() => received.length === 50, '50 frames')
  expect(received.map(({ payload }) => (payload as { seq: number }).seq)).toEqual([...Array(50).keys()])
})

test('a sender without the right is ignored, and not acknowledged', async () => {
  const { name, received } = await listen('listen')
  const sender = server
    .client({ token: await server.token() })
    .channel(name, { config: { private: true, broadcast: { ack: true } } })
  await join(sender)

  const answer = await sender.send({ type: 'broadcast', event: 'x', payload: {} }, { timeout: 150 })

  expect(answer).toBe('timed out')
  expect(received).toEqual([])
})

test('the answer of the write policy is kept for the join', async () => {
  const { name, received } = await listen()
  const sender = server.client({ token: await server.token() }).channel(name, secret)
  await join(sender)
  await sender.send({ type: 'broadcast', event: 'first', payload: {} })
  await eventually(() => received.length === 1, 'the first')
  await server.postgres.query('alter policy test_open_write on realtime.messages with check (false)')

  try {
    await sender.send({ type: 'broadcast', event: 'second', payload: {} })

    await eventually(() => received.length === 2, 'the second')
  } finally {
    await server.postgres.query(
      `alter policy test_open_write on realtime.messages with check (realtime.topic() like 'open:%')`,
    )
  }
})

test('a payload over the limit is refused to the sender and reaches nobody', async () => {
  const { name, received } = await listen()
  const sender = server
    .client({ token: await server.token() })
    .channel(name, { config: { private: true, broadcast: { ack: true } } })
  await join(sender)

  expect(await sender.send({ type: 'broadcast', event: 'x', payload: { a: 'x'.repeat(270_000) } })).toBe('error')
  expect(received).toEqual([])
})

test('the request to keep a message is refused, not ignored', async () => {
  const channel = server
    .client({ token: await server.token() })
    .channel(`open:${randomUUID()}`, { config: { private: true, broadcast: { ack: true } } })
  await join(channel)

  expect(await channel.send({ type: 'broadcast', event: 'x', payload: {}, persist: true })).toBe('persist_unsupported')
  await expect(channel.httpSend('x', {}, { persist: true })).rejects.toThrow('persist is not supported')
})

test('a signed-in client broadcasts over HTTP, JSON and bytes', async () => {
  const { name, received } = await listen()
  const client = server.client({ token: await server.token() })
  await client.realtime.setAuth()
  const channel = client.channel(name, secret)

  expect(await channel.httpSend('json', { text: 'ü' })).toEqual({ success: true })
  expect(await channel.httpSend('bytes', new Uint8Array([1, 2]))).toEqual({ success: true })

  await eventually(() => received.length === 2, 'both')
  expect(received[0]).toMatchObject({ event: 'json', payload: { text: 'ü' } })
  expect([...new Uint8Array(received[1]?.payload as ArrayBuffer)]).toEqual([1, 2])
})

test('a name that a path must escape arrives whole', async () => {
  const { name, received } = await listen('open:a/b %2F?#ü')
  const channel = server.client({ apikey: server.keys.secretKey }).channel(name, secret)

  expect(await channel.httpSend('e/ü', {})).toEqual({ success: true })

  await eventually(() => received.length === 1, 'the broadcast')
  expect(received[0]?.event).toBe('e/ü')
})

test('the secret key sends to a private channel that no policy opens to it', async () => {
  const { name, received } = await listen('listen')

  const channel = server.client({ apikey: server.keys.secretKey }).channel(name, secret)

  expect(await channel.httpSend('job', { n: 1 })).toEqual({ success: true })
  await eventually(() => received.length === 1, 'the broadcast')
})

test('others without the right get 202 and reach nobody', async () => {
  const { name, received } = await listen('listen')
  const user = { apikey: server.keys.publishableKey, authorization: `Bearer ${await server.token()}` }
  const batch = JSON.stringify({ messages: [{ topic: name, event: 'x', payload: {}, private: true }] })

  const one = await post(`/${name}/events/x?private=true`, { ...user, 'content-type': 'application/json' }, '{}')
  const many = await post('', { ...user, 'content-type': 'application/json' }, batch)
  const anon = await post('', { apikey: server.keys.publishableKey, 'content-type': 'application/json' }, batch)

  expect([one.status, many.status, anon.status]).toEqual([202, 202, 202])
  await pause(50)
  expect(received).toEqual([])
})

test('a batch reaches each of its channels', async () => {
  const [a, b] = [await listen(), await listen()]
  const messages = [a, b].map(({ name }, n) => ({ topic: name, event: 'x', payload: { n }, private: true }))

  const answer = await post(
    '',
    { apikey: server.keys.secretKey, 'content-type': 'application/json' },
    JSON.stringify({ messages }),
  )

  expect(answer.status).toBe(202)
  await eventually(() => a.received.length === 1 && b.received.length === 1, 'both')
  expect(b.received[0]?.payload).toEqual({ n: 1 })
})

test.each([
  { what: 'no key', apikey: null, body: '{"messages":[]}', status: 401 },
  { what: 'an unknown key', apikey: 'sb_secret_guess', body: '{"messages":[]}', status: 401 },
  { what: 'no messages', body: '{"messages":[]}', status: 422 },
  { what: 'no JSON', body: 'oops', status: 422 },
  { what: 'a payload that is no object', body: '{"messages":[{"topic":"a","event":"b","payload":1}]}', status: 422 },
  { what: 'no JSON for one', path: '/a/events/b', body: 'oops', status: 400 },
  { what: 'a long topic', path: `/${'a'.repeat(300)}/events/b`, body: '{}', status: 422 },
  { what: 'a large body', path: '/a/events/b', body: `"${'x'.repeat(300_000)}"`, status: 413 },
])('a request with $what is refused', async ({ path = '', apikey = server.keys.publishableKey, body, status }) => {
  const headers = { 'content-type': 'application/json', ...(apikey === null ? {} : { apikey }) }

  const answer = await post(path, headers, body)

  expect(answer.status).toBe(status)
})
