import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, join, pause, startTestServer } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const versions = ['1.0.0', '2.0.0'] as const

test.each(versions)('a broadcast from the database reaches its owner and nobody else (%s)', async (vsn) => {
  const owner = randomUUID()
  const token = await server.token({ sub: owner })
  const received: unknown[] = []
  const leaked: unknown[] = []
  const mine = server.client({ token, vsn }).channel(`user:${owner}`, { config: { private: true } })
  mine.on('broadcast', { event: 'job' }, (message) => received.push(message))
  const samePublicName = server.client({ vsn }).channel(`user:${owner}`)
  samePublicName.on('broadcast', { event: '*' }, (message) => leaked.push(message))
  const other = server
    .client({ token: await server.token({}), vsn })
    .channel(`user:${owner}`, { config: { private: true } })
  const anon = server.client({ vsn }).channel(`user:${owner}`, { config: { private: true } })

  expect(await join(mine)).toEqual({ status: 'SUBSCRIBED', reason: undefined })
  expect(await join(samePublicName)).toMatchObject({ status: 'SUBSCRIBED' })
  const refused = `Unauthorized: You do not have permissions to read from this Channel topic: user:${owner}`
  expect(await join(other)).toEqual({ status: 'CHANNEL_ERROR', reason: refused })
  expect(await join(anon)).toEqual({ status: 'CHANNEL_ERROR', reason: refused })
  await server.postgres.query('select realtime.send($1, $2, $3)', [{ version: 1, text: 'grün' }, 'job', `user:${owner}`])

  await eventually(() => received.length === 1, 'the broadcast')
  expect(received[0]).toMatchObject({
    type: 'broadcast',
    event: 'job',
    payload: { version: 1, text: 'grün', id: expect.any(String) as string },
    meta: { id: expect.any(String) as string },
  })
  await pause(50)
  expect(leaked).toEqual([])
})
