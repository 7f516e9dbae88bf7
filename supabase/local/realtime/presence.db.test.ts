import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, join, startTestServer, statuses } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function enter(name: string, key: string) {
  const client = server.client({ token: await server.token() })
  const channel = client.channel(name, { config: { private: true, presence: { key } } })
  channel.on('presence', { event: 'sync' }, () => {})
  return { client, channel }
}

test('those present see each other come, change and go', async () => {
  const name = `open:${randomUUID()}`
  const [a, b] = [await enter(name, 'a'), await enter(name, 'b')]
  await join(a.channel)
  await a.channel.track({ step: 1 })
  await join(b.channel)
  await b.channel.track({ step: 1 })
  await eventually(() => Object.keys(a.channel.presenceState()).join() === 'a,b', 'both at a')
  await eventually(() => Object.keys(b.channel.presenceState()).join() === 'a,b', 'both at b')

  await b.channel.track({ step: 2 })
  await eventually(
    () => a.channel.presenceState()['b']?.some((meta) => 'step' in meta && meta.step === 2) ?? false,
    'the change',
  )
  expect(a.channel.presenceState()['b']).toHaveLength(1)

  await b.client.realtime.disconnect()
  await eventually(() => Object.keys(a.channel.presenceState()).join() === 'a', 'the leave')
})

test('a channel that may not write cannot be present', async () => {
  const { channel } = await enter(`listen:${randomUUID()}`, 'a')
  await join(channel)

  expect(await channel.track({ here: true })).toBe('error')
  expect(channel.presenceState()).toEqual({})
})

test('the sixth presence call in a row closes the channel', async () => {
  const { channel } = await enter(`open:${randomUUID()}`, 'a')
  const seen = statuses(channel)
  await eventually(() => seen.includes('SUBSCRIBED'), 'the join')

  for (let n = 0; n < 6; n++) void channel.track({ n })

  await eventually(() => seen.includes('CLOSED'), 'the close')
})
