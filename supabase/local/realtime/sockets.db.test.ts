import { randomBytes, randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRaw, refusal, socketUrl } from './testing/raw-socket.ts'
import { collect, eventually, join, startTestServer, statuses } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({
    messageBurst: 150,
    rateStrikes: 50,
    slowBytes: 64 * 1024,
    stuckBytes: 2 ** 20,
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

test.each([
  ['no key', {}, 401, 'API key is missing'],
  ['an unknown key', { apikey: 'sb_secret_guess' }, 401, 'JwtSignatureError: Failed to validate JWT signature'],
  ['an unknown version', { apikey: 'any', vsn: '9.9.9' }, 400, 'The requested vsn is not supported'],
])('an upgrade with %s is refused', async (_what, params: Record<string, string>, status, error) => {
  expect(await refusal(socketUrl(server, params))).toEqual({ status, body: JSON.stringify({ error }) })
})

test('E06 an upgrade with an expired token as its key is refused', async () => {
  const apikey = await server.token({}, -1)

  expect(await refusal(socketUrl(server, { apikey }))).toMatchObject({ status: 401 })
})

test('an upgrade elsewhere is answered', async () => {
  expect(await refusal(`${server.url.replace('http', 'ws')}/other`)).toMatchObject({ status: 404 })
})

test('a heartbeat is answered', async () => {
  const raw = await openRaw(server)

  raw.send(null, '7', 'phoenix', 'heartbeat', {})

  await eventually(() => raw.frames.length === 1, 'the reply')
  expect(raw.frames[0]).toEqual([null, '7', 'phoenix', 'phx_reply', { status: 'ok', response: {} }])
  raw.ws.terminate()
})

test('a client that says nothing is cut off', async () => {
  await using strict = await startTestServer({ idleMs: 200 })
  const raw = await openRaw(strict)

  expect(await raw.closed).toBe(1006)
})

test('hostile messages end their own socket and nothing else', async () => {
  const witness = server.client().channel(randomUUID())
  const received = collect(witness)
  await join(witness)
  const messages = [
    Buffer.from([]),
    Buffer.from([3]),
    Buffer.from([3, 255, 255, 255, 255, 255, 1]),
    randomBytes(500),
    '',
    'null',
    '[]',
    '{"topic":"realtime:a"}',
    '[null,null,{},"phx_join",{}]',
    '['.repeat(50_000),
  ]

  const codes = await Promise.all(
    messages.map(async (message) => {
      const raw = await openRaw(server)
      raw.ws.send(message)
      return raw.closed
    }),
  )

  expect(new Set(codes)).toEqual(new Set([1007]))
  await witness.httpSend('x', {})
  await eventually(() => received.length === 1, 'a broadcast to the witness')
})

test('messages of the right form and any content never end the server', async () => {
  const witness = server.client().channel(randomUUID())
  const received = collect(witness)
  await join(witness)
  const events = ['phx_join', 'phx_leave', 'access_token', 'broadcast', 'presence', 'heartbeat', 'toString']
  const topics = ['realtime:a', 'realtime:b', 'phoenix', 'realtime:__proto__', '']
  const payload = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.record({ access_token: fc.jsonValue({ maxDepth: 1 }) }),
    fc.record({ event: fc.constantFrom('track', 'untrack', 'x'), payload: fc.jsonValue({ maxDepth: 2 }) }),
    fc.record({ config: fc.record({ private: fc.boolean(), presence: fc.record({ enabled: fc.boolean() }) }) }),
  )
  const messages = fc.array(fc.tuple(fc.constantFrom(...topics), fc.constantFrom(...events), payload), {
    maxLength: 40,
  })

  await fc.assert(
    fc.asyncProperty(messages, async (sent) => {
      const raw = await openRaw(server)
      for (const [topic, event, content] of sent) raw.send('1', '2', topic, event, content)
      raw.send(null, 'end', 'phoenix', 'heartbeat', {})
      await eventually(() => raw.frames.some((frame) => frame[1] === 'end'), 'the last reply')
      raw.ws.terminate()
    }),
    { numRuns: 40 },
  )

  await witness.httpSend('x', {})
  await eventually(() => received.length === 1, 'a broadcast to the witness')
})

test('a message over the size limit closes the socket', async () => {
  const raw = await openRaw(server)

  raw.ws.send('x'.repeat(400_000))

  expect(await raw.closed).toBe(1009)
})

test.each([
  ['no name', 'realtime:', {}, 'TopicNameRequired'],
  ['another prefix', 'phoenix:a', {}, 'TopicNameRequired'],
  ['a long name', `realtime:${'a'.repeat(250)}`, {}, 'TopicNameTooLong'],
  ['a private flag that is no boolean', 'realtime:a', { config: { private: 'maybe' } }, 'InvalidJoinPayload'],
  ['no object', 'realtime:a', 'x', 'InvalidJoinPayload'],
  ['row changes', 'realtime:a', { config: { postgres_changes: [{ event: '*' }] } }, 'PostgresChangesUnsupported'],
  ['replay', 'realtime:a', { config: { private: true, broadcast: { replay: {} } } }, 'UnableToReplayMessages'],
])('a join with %s is refused', async (_what, topic, payload, reason) => {
  const raw = await openRaw(server)

  raw.send('1', '1', topic, 'phx_join', payload)

  await eventually(() => raw.frames.length === 1, 'the reply')
  const response = { reason: expect.stringMatching(new RegExp(`^${reason}`)) as string }
  expect(raw.frames[0]).toEqual(['1', '1', topic, 'phx_reply', { status: 'error', response }])
  raw.ws.terminate()
})

test('the 101st channel of a connection is refused', async () => {
  const raw = await openRaw(server)
  for (let n = 0; n < 100; n++) await raw.join(`many:${n}`)

  const refused = await raw.join('many:100')
  raw.send('1', '2', 'realtime:many:0', 'phx_leave', {})
  const accepted = await raw.join('many:101')

  expect(refused[4]).toEqual({ status: 'error', response: { reason: 'ChannelRateLimitReached: Too many channels' } })
  expect(accepted[4]).toMatchObject({ status: 'ok' })
  raw.ws.terminate()
})

test('a second join of a topic closes the first', async () => {
  const raw = await openRaw(server)
  await raw.join('twice')

  raw.send('5', '5', 'realtime:twice', 'phx_join', {})

  await eventually(() => raw.frames.length === 3, 'the close and the reply')
  expect(raw.frames[1]).toEqual(['1', '1', 'realtime:twice', 'phx_close', {}])
  expect(raw.frames[2]?.slice(0, 4)).toEqual(['5', '5', 'realtime:twice', 'phx_reply'])
  raw.ws.terminate()
})

test('a message to a topic that was not joined is answered with an error, a leave with ok', async () => {
  const raw = await openRaw(server)

  raw.send('1', '2', 'realtime:none', 'broadcast', { event: 'x' })
  raw.send('1', '3', 'realtime:none', 'phx_leave', {})

  await eventually(() => raw.frames.length === 2, 'the replies')
  expect(raw.frames.map((frame) => frame[4])).toEqual([
    { status: 'error', response: { reason: 'unmatched topic' } },
    { status: 'ok', response: {} },
  ])
  raw.ws.terminate()
})

test('a leave is answered and followed by the close, and the channel hears nothing more', async () => {
  const channel = server.client().channel(randomUUID())
  const seen = statuses(channel)
  await eventually(() => seen.includes('SUBSCRIBED'), 'the join')

  expect(await channel.unsubscribe()).toBe('ok')

  expect(seen).toEqual(['SUBSCRIBED', 'CLOSED'])
})

test('a client over its message rate loses its channel, and its socket when it goes on', async () => {
  const raw = await openRaw(server)
  await raw.join('flood')

  for (let n = 0; n < 400; n++) raw.send('1', '2', 'realtime:flood', 'broadcast', { event: 'x', payload: {} })

  expect(await raw.closed).toBe(1008)
  expect(raw.frames.find((frame) => frame[3] === 'system')?.[4]).toMatchObject({
    status: 'error',
    message: 'Too many messages per second',
  })
})

test('a slow reader misses frames, then is cut off, and nobody else notices', async () => {
  const name = randomUUID()
  const slow = await openRaw(server)
  await slow.join(name)
  const quick = server.client().channel(name)
  const received = collect(quick)
  await join(quick)
  slow.ws.pause()
  const frame = { data: 'x'.repeat(200_000) }
  const sender = server.client().channel(name)

  for (let n = 0; n < 60; n++) await sender.httpSend('frame', frame)
  await eventually(() => received.length === 60, 'every frame at the quick reader')
  const openWhileDropping = server.realtime.size().sockets

  for (let n = 0; n < 40; n++) {
    await server.postgres.query('select realtime.send($1, $2, $3, false)', [frame, 'job', name])
  }
  await eventually(() => server.realtime.size().sockets === openWhileDropping - 1, 'the slow reader to be cut off')
  await eventually(() => received.length === 100, 'everything at the quick reader')
  slow.ws.resume()
  expect(await slow.closed).toBe(1006)
})
