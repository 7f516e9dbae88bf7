import { Hono } from 'hono'
import { pino } from 'pino'
import { expect, test } from 'vitest'

import { createGateway, isLoopbackHost } from './gateway.ts'
import { ApiError } from './http.ts'

const service = (name: string): Hono => new Hono().get('/', (c) => c.text(name))
const gateway = (isHealthy = true): Hono =>
  createGateway(
    {
      '/rest/v1': new Hono().get('/', () => {
        throw new ApiError(401, { code: 'PGRST301', message: 'no' })
      }),
      '/auth/v1': service('auth'),
      '/storage/v1': service('storage'),
      '/realtime/v1': new Hono().get('/', () => {
        throw new TypeError('secret inside')
      }),
    },
    { isHealthy: () => Promise.resolve(isHealthy), inbox: service('inbox'), log: pino({ level: 'silent' }) },
  )
const ask = async (path: string, init: RequestInit & { host?: string } = {}, app = gateway()): Promise<Response> => {
  const { host = '127.0.0.1:54321', headers, ...rest } = init
  return app.request(path, { ...rest, headers: { host, ...(headers as Record<string, string> | undefined) } })
}

test.each(['127.0.0.1', '127.0.0.1:54321', 'localhost:1', 'LOCALHOST', '[::1]:80', '[::1]'])(
  '%s is this machine',
  (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  },
)

test.each([
  undefined,
  '',
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.nip.io',
  '127.0.0.1@evil.example',
  'evil.example:54321',
  '0.0.0.0',
  '10.0.0.1:54321',
  'localhost:1:2',
  '127.0.0.1:80, evil.example',
])('%s is not this machine', (host) => {
  expect(isLoopbackHost(host)).toBe(false)
})

test('a request under a foreign name is refused before any service sees it', async () => {
  expect((await ask('/auth/v1', { host: 'rebound.example' })).status).toBe(403)
  expect((await ask('/health', { host: 'rebound.example' })).status).toBe(403)
})

test('services answer under their path', async () => {
  expect(await (await ask('/auth/v1')).text()).toBe('auth')
  expect((await ask('/nothing')).status).toBe(404)
})

test('health says whether the database answers', async () => {
  expect((await ask('/health')).status).toBe(200)
  expect((await ask('/health', {}, gateway(false))).status).toBe(503)
})

test('a preflight is answered for any origin and remembered', async () => {
  const asked = 'apikey,authorization,content-type,prefer,range,x-client-info,x-upsert'

  const answer = await ask('/auth/v1', {
    method: 'OPTIONS',
    headers: {
      origin: 'http://127.0.0.1:5173',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': asked,
    },
  })

  expect(answer.status).toBe(204)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  expect(answer.headers.get('access-control-allow-headers')?.replaceAll(' ', '')).toBe(asked)
  expect(answer.headers.get('access-control-allow-methods')).toContain('PUT')
  expect(Number(answer.headers.get('access-control-max-age'))).toBeGreaterThan(600)
})

test('a refusal keeps its body and can be read from another origin', async () => {
  const answer = await ask('/rest/v1', { headers: { origin: 'http://127.0.0.1:5173' } })

  expect(answer.status).toBe(401)
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(await answer.json()).toEqual({ code: 'PGRST301', message: 'no', details: null, hint: null })
})

test('a fault of ours says nothing of its inside', async () => {
  const answer = await ask('/realtime/v1')

  expect(answer.status).toBe(500)
  expect(await answer.text()).not.toContain('secret inside')
})
