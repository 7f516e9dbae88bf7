import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase } from '#server/adapters/database/database.ts'
import { createStorage } from '#server/adapters/storage.ts'
import { connectSupabase } from '#server/adapters/supabase.ts'
import { createRateLimits } from '#server/http/rate-limits.ts'
import { plentiful, testDeps } from '#server/testing/deps.ts'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'
import { createApp } from './app.ts'
import { ownScriptHash } from './http/first-frame.ts'

let clientDist = ''

beforeAll(async () => {
  clientDist = await mkdtemp(join(tmpdir(), 'forge-client-'))
  await mkdir(join(clientDist, 'assets'))
  await writeFile(join(clientDist, 'assets/app-1a2b.js'), 'export {}')
  const slot = '<script type="application/json" id="forge-config">{}</script>'
  await writeFile(join(clientDist, 'index.html'), `<html><head>${slot}</head></html>`)
})

afterAll(() => rm(clientDist, { recursive: true }))

async function setUp(overrides: Partial<Deps> = {}) {
  const given = await testDeps(overrides)
  given.deps.config = { ...given.deps.config, clientDist }
  const app = createApp(given.deps)
  const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
    app.request(`/trpc/${path}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
  return { ...given, app, post }
}

const forge = async (response: Response) =>
  ((await response.json()) as { error: { data: { forge: unknown } } }).error.data.forge

describe('/trpc', () => {
  it('answers with a request id', async () => {
    const { app } = await setUp()

    const response = await app.request('/trpc/modes.list')

    expect(response.status).toBe(200)
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('refuses in its own words, with the status of the code and nothing of the stack', async () => {
    const { post } = await setUp()

    const response = await post('forge.cancel', JSON.stringify({ id: 'x' }))
    const text = await response.clone().text()

    expect(response.status).toBe(401)
    expect(await forge(response)).toEqual({ code: 'UNAUTHENTICATED', data: {} })
    expect(text).not.toMatch(/stack|node_modules|\.ts/)
  })

  it.each([
    ['an unknown procedure', 'nope.nope', [404, { code: 'NOT_FOUND', data: {} }]],
    ['broken JSON', 'worker.session', [400, { code: 'INVALID_INPUT', data: {} }]],
  ])('answers %s in the same shape', async (_name, path, expected) => {
    const { post } = await setUp()

    const response = await post(path, '{')

    expect([response.status, await forge(response)]).toEqual(expected)
  })

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
  ])('E15 reads no %s, which another site could send', async (type) => {
    const { post } = await setUp()

    expect((await post('forge.create', 'x', { 'content-type': type })).status).toBe(415)
  })

  it('E15 reads no body without a type, and no mutation that a link or an image could ask for', async () => {
    const { app } = await setUp()
    const untyped = new Request('http://localhost/trpc/forge.create', { method: 'POST', body: new Uint8Array([123]) })
    const link = await app.request(`/trpc/forge.cancel?input=${encodeURIComponent('{"id":"x"}')}`)

    expect(untyped.headers.get('content-type')).toBeNull()
    expect((await app.request(untyped)).status).toBe(415)
    expect(link.status).toBe(405)
  })

  it('E15 answers no other site’s question whether it may send, and takes nobody’s cookie for a name', async () => {
    const { app, post } = await setUp()
    const origin = { origin: 'https://evil.test', cookie: 'sb-access-token=e30.e30.e30; authorization=Bearer' }
    const asked = await app.request('/trpc/forge.create', {
      method: 'OPTIONS',
      headers: { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    })
    const sent = await post('forge.cancel', JSON.stringify({ id: 'x' }), origin)

    expect([asked.status, sent.status]).toEqual([405, 401])
    for (const { headers } of [asked, sent]) {
      expect([...headers.keys()].filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual([])
    }
  })

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('has no %s', async (method) => {
    const { app } = await setUp()

    const response = await app.request('/trpc/modes.list', { method })

    expect([response.status, await forge(response)]).toEqual([405, { code: 'INVALID_INPUT', data: { path: 'method' } }])
  })

  it('reads no body of more than 64 KB, whatever its declared length', async () => {
    const { post, app } = await setUp()
    const body = JSON.stringify({ prompt: 'x'.repeat(65_536) })
    const stream = new Blob([body]).stream()

    const declared = await post('forge.create', body)
    const streamed = await app.request(
      new Request('http://localhost/trpc/forge.create', {
        method: 'POST',
        body: stream,
        headers: { 'content-type': 'application/json' },
        duplex: 'half',
      } as RequestInit),
    )

    expect([declared.status, streamed.status]).toEqual([413, 413])
    expect(await forge(declared)).toEqual({ code: 'INVALID_INPUT', data: { path: 'body', limit: 65_536 } })
  })

  it('runs ten calls of a batch and not eleven', async () => {
    const { app } = await setUp()
    const batch = (size: number) =>
      app.request(`/trpc/${Array.from({ length: size }, () => 'modes.list').join(',')}?batch=1`)

    expect((await batch(10)).status).toBe(200)
    expect((await batch(11)).status).toBe(400)
  })

  it('counts every call of a batch', async () => {
    const { app } = await setUp({ rates: createRateLimits({ ...plentiful, addressQueries: 4 }, null) })

    const response = await app.request('/trpc/modes.list,modes.list,modes.list,modes.list,modes.list?batch=1')
    const answers = (await response.json()) as { error?: { data: { forge: { code: string; data: object } } } }[]

    expect(answers.map((answer) => answer.error?.data.forge.code)).toEqual([
      ...Array.from({ length: 4 }, () => undefined),
      'RATE_LIMITED',
    ])
    expect(answers.at(-1)?.error?.data.forge.data).toEqual({ retry_after_s: 60 })
  })

  it('E18 logs neither tokens nor inputs', async () => {
    const lines: string[] = []
    const { app, deps } = await setUp()
    deps.log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })

    await createApp(deps).request('/trpc/forge.quote?input=%7B%22mode%22%3A%22secret-wish%22%7D', {
      headers: { authorization: 'Bearer secret.token.x' },
    })
    await app.request('/')

    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join('')).not.toMatch(/secret/)
  })
})

describe('while Supabase is away', () => {
  it('calls are UNAVAILABLE, the process lives and is not ready', async () => {
    const nowhere = connectSupabase('http://127.0.0.1:1', 'sb_secret_test')
    const database = createDatabase(nowhere, Date.now)
    const { app } = await setUp({ database, storage: createStorage(nowhere, Date.now) })

    const response = await app.request('/trpc/modes.list')

    expect([response.status, await forge(response)]).toEqual([503, { code: 'UNAVAILABLE', data: {} }])
    expect((await app.request('/health/ready')).status).toBe(503)
    expect((await app.request('/health/live')).status).toBe(200)
  })
})

describe('pages', () => {
  it('carry the runtime config and may load nothing foreign', async () => {
    const { app } = await setUp()

    const response = await app.request('/jobs/1')

    expect(await response.text()).toContain(
      'id="forge-config">{"supabaseUrl":"http://supabase.test","supabasePublishableKey":"sb_publishable_test"}</script>',
    )
    expect(response.headers.get('cache-control')).toBe('no-cache')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'self'",
        "connect-src 'self' http://supabase.test ws://supabase.test",
        "img-src 'self' blob: data: http://supabase.test",
        "worker-src 'self' blob:",
        `script-src 'self' ${ownScriptHash}`,
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
      ]),
    )
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('keep hashed files for a year and answer no page for a missing one', async () => {
    const { app } = await setUp()

    const found = await app.request('/assets/app-1a2b.js')

    expect([found.status, found.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect((await app.request('/assets/gone.js')).status).toBe(404)
  })

  it.each(['/../package.json', '/assets/..%2f..%2fpackage.json', '/%2e%2e/package.json'])(
    'never leave their folder: %s',
    async (path) => {
      const { app } = await setUp()
      const response = await app.request(path)

      expect(await response.text()).not.toContain('dependencies')
    },
  )

  it('say that the client is not built', async () => {
    const { deps } = await setUp()
    deps.config = { ...deps.config, clientDist: join(clientDist, 'none') }

    expect((await createApp(deps).request('/')).status).toBe(503)
  })
})

describe('/health', () => {
  it('is ready only while database and storage answer', async () => {
    const { app, deps } = await setUp()

    expect(await (await app.request('/health/ready')).json()).toEqual({ ready: true, database: true, storage: true })
    deps.database.ping = () => Promise.reject(new ForgeError('UNAVAILABLE'))
    const down = await app.request('/health/ready')

    expect([down.status, await down.json()]).toEqual([503, { ready: false, database: false, storage: true }])
    expect((await app.request('/health/live')).status).toBe(200)
  })
})

describe('/tick', () => {
  it('does not exist without a secret and asks for it otherwise', async () => {
    const { app, deps } = await setUp()
    deps.config = { ...deps.config, cronSecret: 'a long enough secret' }
    const withSecret = createApp(deps)
    const call = async (authorization: string) =>
      (await withSecret.request('/tick', { headers: { authorization } })).status

    expect(await (await app.request('/tick')).text()).toContain('<html>')
    expect(await call('Bearer wrong')).toBe(401)
    expect(await call('Bearer a long enough secret')).toBe(200)
  })
})
