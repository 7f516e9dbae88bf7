import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createClient } from '@supabase/supabase-js'
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { Hono } from 'hono'
import { exportJWK, generateKeyPair } from 'jose'
import { Pool } from 'pg'
import { pino } from 'pino'
import { signToken } from '#supabase/local/auth/tokens.ts'
import type { LocalContext, LocalKeys } from '#supabase/local/context.ts'
import { cloneDatabase } from '#supabase/tests/database.ts'
import type { RealtimeLimits } from '../limits.ts'
import { startRealtime } from '../start.ts'
import type { Realtime } from '../start.ts'

export type TestServer = AsyncDisposable & {
  url: string
  keys: LocalKeys
  http: Server
  ctx: LocalContext
  realtime: Realtime
  /** As the migration role. */
  postgres: Pool
  /** A real client: of a user's token, or of an API key alone. */
  client: (options?: ClientOptions) => SupabaseClient
  token: (claims?: { sub?: string; role?: string }, seconds?: number) => Promise<string>
}

export type ClientOptions = { token?: string | (() => string); apikey?: string; vsn?: '1.0.0' | '2.0.0' }

/** Policies as an application writes them: your own `user:<id>`, and `open:…` for anyone signed in. */
const policies = `
  create policy test_own on realtime.messages for select to authenticated
    using (realtime.topic() = 'user:' || (current_setting('request.jwt.claims', true)::jsonb ->> 'sub'));
  create policy test_open_read on realtime.messages for select to authenticated
    using (realtime.topic() like 'open:%' or realtime.topic() like 'listen:%');
  create policy test_open_write on realtime.messages for insert to authenticated
    with check (realtime.topic() like 'open:%');
`

/** Realtime alone over a database of its own, with real clients. Disposing ends all of it and reports leaks. */
export async function startTestServer(limits: Partial<RealtimeLimits> = {}): Promise<TestServer> {
  const database = await cloneDatabase()
  const postgres = new Pool({ connectionString: database.url('postgres'), max: 4 })
  postgres.on('error', () => {})
  await postgres.query(policies)
  const app = new Hono()
  const http = createServer(getRequestListener(app.fetch))
  await new Promise<void>((done) => {
    http.listen(0, '127.0.0.1', done)
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const keys = await makeKeys()
  const ctx: LocalContext = {
    url,
    keys,
    admin: database.pool,
    adminUrl: database.url(),
    asCaller: () => Promise.reject(new Error('Realtime asks the policies itself')),
    objectsDir: '',
  }
  const realtime = await startRealtime(ctx, http, { limits, log: pino({ level: 'silent' }) })
  app.route('/realtime/v1', realtime.app)
  const clients: SupabaseClient[] = []
  const token: TestServer['token'] = ({ sub = randomUUID(), role = 'authenticated' } = {}, seconds = 3600) => {
    const iat = Math.floor(Date.now() / 1000)
    return signToken(keys, url, { sub, role, iat, exp: iat + seconds })
  }

  return {
    url,
    keys,
    http,
    ctx,
    realtime,
    postgres,
    token,
    client(options = {}) {
      const client = makeClient(url, options.apikey ?? keys.publishableKey, options)
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.realtime.disconnect()))
      await realtime.stop()
      http.closeAllConnections()
      await new Promise((done) => {
        http.close(done)
      })
      await postgres.end()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** Subscribes; the first status and its reason. Without `setAuth` the client would join before it has its token. */
export async function join(channel: RealtimeChannel): Promise<{ status: string; reason?: string | undefined }> {
  await channel.socket.setAuth()
  return new Promise((resolve) => {
    channel.subscribe((status, error) => resolve({ status, reason: error?.message }))
  })
}

/** Every status that a channel goes through from now on. */
export function statuses(channel: RealtimeChannel): string[] {
  const seen: string[] = []
  void channel.socket.setAuth().then(() => channel.subscribe((status) => seen.push(status)))
  return seen
}

export type Received = { event: string; payload: unknown; meta: { id: string } | undefined }

/** Every broadcast of the channel, in the order of arrival. Call before it joins. */
export function collect(channel: RealtimeChannel): Received[] {
  const received: Received[] = []
  channel.on('broadcast', { event: '*' }, ({ event, payload, meta }) => {
    received.push({ event, payload: payload as unknown, meta })
  })
  return received
}

/** Waits until `check` holds. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 5000,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`)
    await pause(5)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function makeClient(url: string, apikey: string, { token, vsn }: ClientOptions): SupabaseClient {
  return createClient(url, apikey, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(token === undefined ? {} : { accessToken: async () => (typeof token === 'string' ? token : token()) }),
    realtime: vsn === undefined ? {} : { vsn },
  })
}

/** Keys of one test. */
export async function makeKeys(): Promise<LocalKeys> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return {
    databasePassword: '',
    publishableKey: `sb_publishable_${randomBytes(16).toString('hex')}`,
    secretKey: `sb_secret_${randomBytes(16).toString('hex')}`,
    signingKey: { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'ES256', use: 'sig' },
  }
}
