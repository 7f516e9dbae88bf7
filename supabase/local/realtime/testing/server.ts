import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createClient } from '@supabase/supabase-js'
import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { Hono } from 'hono'
import { exportJWK, generateKeyPair } from 'jose'
import pg from 'pg'
import { pino } from 'pino'
import { inject } from 'vitest'
import { signToken } from '#supabase/local/auth/tokens.ts'
import type { LocalContext, LocalKeys } from '#supabase/local/context.ts'
import { loginUrl } from '#supabase/local/prepare.ts'
import type { RealtimeLimits } from '../limits.ts'
import { startRealtime } from '../start.ts'
import type { Realtime } from '../start.ts'

export type TestServer = AsyncDisposable & {
  url: string
  keys: LocalKeys
  ctx: LocalContext
  realtime: Realtime
  /** As the migration role. */
  postgres: pg.Pool
  /** A client of `sub` (authenticated), of a role, or of an API key alone. */
  client: (who?: ClientOptions) => SupabaseClient
  token: (claims: { sub?: string; role?: string }, seconds?: number) => Promise<string>
}

type ClientOptions = { token?: string | (() => string); apikey?: string; vsn?: '1.0.0' | '2.0.0' }

/** Policies as an application writes them: your own `user:<id>`, and `open:*` for anyone signed in. */
const policies = `
  create policy own on realtime.messages for select to authenticated
    using (realtime.topic() = 'user:' || (current_setting('request.jwt.claims', true)::jsonb ->> 'sub'));
  create policy open_read on realtime.messages for select to authenticated using (realtime.topic() like 'open:%');
  create policy open_write on realtime.messages for insert to authenticated with check (realtime.topic() like 'open:%');
`

/** Realtime alone, over a database of its own, with real clients. Disposing ends all of it. */
export async function startTestServer(limits: Partial<RealtimeLimits> = {}): Promise<TestServer> {
  const database = `realtime_${randomBytes(4).toString('hex')}`
  const owner = inject('adminUrl')
  await run(owner, `create database ${database} template ${inject('templateName')}`)
  const adminUrl = loginUrl(owner, 'supabase_admin', database)
  const admin = new pg.Pool({ connectionString: adminUrl, max: 8 })
  const postgres = new pg.Pool({ connectionString: loginUrl(owner, 'postgres', database), max: 4 })
  for (const pool of [admin, postgres]) pool.on('error', () => {})
  await postgres.query(policies)
  const app = new Hono()
  const http = createServer(getRequestListener(app.fetch))
  await new Promise<void>((done) => {
    http.listen(0, '127.0.0.1', done)
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const keys = await makeKeys()
  const ctx: LocalContext = { url, keys, admin, adminUrl, asCaller: () => Promise.reject(new Error('unused')), objectsDir: '' }
  const realtime = await startRealtime(ctx, http, { limits, log: pino({ level: 'silent' }) })
  app.route('/realtime/v1', realtime.app)
  const clients: SupabaseClient[] = []

  return {
    url,
    keys,
    ctx,
    realtime,
    postgres,
    client(options = {}) {
      const client = makeClient(url, options.apikey ?? keys.publishableKey, options)
      clients.push(client)
      return client
    },
    token({ sub = randomUUID(), role = 'authenticated' }, seconds = 3600) {
      const iat = Math.floor(Date.now() / 1000)
      return signToken(keys, url, { sub, role, iat, exp: iat + seconds })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.realtime.disconnect()))
      await realtime.stop()
      http.closeAllConnections()
      await new Promise((done) => {
        http.close(done)
      })
      await Promise.all([admin.end(), postgres.end()])
      await run(owner, `drop database ${database} with (force)`)
    },
  }
}

/** Subscribes and answers the first status with its reason. */
export function join(channel: RealtimeChannel): Promise<{ status: string; reason: string | undefined }> {
  return new Promise((resolve) => {
    channel.subscribe((status, error) => resolve({ status, reason: error?.message }))
  })
}

/** Waits until `check` holds; fails with what it last saw. */
export async function eventually(check: () => boolean, what: string, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!check()) {
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

async function makeKeys(): Promise<LocalKeys> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return {
    databasePassword: '',
    publishableKey: `sb_publishable_${randomBytes(16).toString('hex')}`,
    secretKey: `sb_secret_${randomBytes(16).toString('hex')}`,
    signingKey: { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: 'ES256', use: 'sig' },
  }
}

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
