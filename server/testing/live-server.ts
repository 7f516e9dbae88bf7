import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { AuthClient } from '@supabase/auth-js'
import { TRPCClientError, createTRPCClient, httpLink } from '@trpc/client'
import { pino } from 'pino'
import { createApp } from '#server/app.ts'
import { createDeps } from '#server/create-deps.ts'
import { readEnv } from '#server/env.ts'
import { listen } from '#server/listen.ts'
import type { AppRouter } from '#server/trpc/root.ts'
import { makeKeys } from '#supabase/local/keys.ts'
import { startApi } from '#supabase/local/start.ts'
import { type TestDatabase, cloneDatabase } from '#supabase/tests/database.ts'

export type Api = ReturnType<typeof createTRPCClient<AppRouter>>
export type Person = { id: string; token: string; api: Api; auth?: InstanceType<typeof AuthClient> }

/** The real server over HTTP, in front of the real local Supabase on its own clone of the database. */
export async function startLiveServer(environment: Record<string, string> = {}) {
  const db = await cloneDatabase()
  const objectsDir = await mkdtemp(join(tmpdir(), 'forge-objects-'))
  const keys = await makeKeys()
  const supabase = await startApi({ adminUrl: db.url(), keys, port: 0, objectsDir })
  const env = readEnv({
    SUPABASE_URL: supabase.url,
    SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
    SUPABASE_SECRET_KEY: keys.secretKey,
    SUPABASE_JWT_SIGNING_KEY: JSON.stringify(keys.signingKey),
    FORGE_BUCKET_SECRET: 'a secret of the tests',
    RATE_ACCOUNT_MUTATIONS: '10000',
    RATE_ADDRESS_MUTATIONS: '10000',
    ...environment,
  })
  const deps = await createDeps(env, pino({ level: 'silent' }))
  const listening = await listen(createApp(deps).fetch, '127.0.0.1', 0)
  const auth = () => makeAuth(supabase.url, keys.publishableKey)

  return {
    db,
    deps,
    env,
    url: listening.url,
    /** A client of the server; `headers` stand for what a proxy would add. */
    api: (token: string | null, headers: Record<string, string> = {}) => makeApi(listening.url, token, headers),
    async anonymous(headers: Record<string, string> = {}): Promise<Person> {
      const { data, error } = await auth().signInAnonymously()
      if (error || !data.session) throw new Error('anonymous sign-in failed', { cause: error })
      const token = data.session.access_token
      return { id: data.session.user.id, token, api: makeApi(listening.url, token, headers) }
    },
    async permanent(headers: Record<string, string> = {}): Promise<Person> {
      const credentials = { email: `${randomUUID()}@example.test`, password: randomBytes(12).toString('hex') }
      await createUser(supabase.url, keys.secretKey, credentials)
      const client = auth()
      const { data, error } = await client.signInWithPassword(credentials)
      if (error) throw new Error('sign-in failed', { cause: error })
      const token = data.session.access_token
      return { id: data.user.id, token, api: makeApi(listening.url, token, headers), auth: client }
    },
    /** Makes a permanent person an operator; answers a client with the token that says so. */
    async promote(person: Person): Promise<Api> {
      await db.pool.query(
        `update auth.users set raw_app_meta_data = raw_app_meta_data || '{"role": "operator"}' where id = $1`,
        [person.id],
      )
      const { data } = (await person.auth?.refreshSession()) ?? { data: { session: null } }
      if (!data.session) throw new Error('refreshing the session failed')
      return makeApi(listening.url, data.session.access_token)
    },
    /** Changes the operator's row and waits until the server, which keeps a copy for a second, has noticed. */
    async changeSettings(assignments: string) {
      await db.pool.query(`update public.settings set ${assignments}`)
      await wait(1_050)
    },
    /** A worker with a session, able to run every template. */
    async worker() {
      const key = `fwk_${randomBytes(24).toString('base64url')}`
      await createKey(db, key)
      const instance = randomUUID()
      const capabilities = {
        templates: deps.catalogue.manifests.flatMap(({ mode, variants }) =>
          variants.map(({ key: name }) => `${mode}/${name}`),
        ),
        gpu: 'none',
        vramBytes: 0,
        comfyVersion: '0.33.0',
        standIn: true,
      }
      const session = await makeApi(listening.url, null).worker.session.mutate({ key, instance, capabilities })
      return { id: instance, key, session, api: makeApi(listening.url, session.token) }
    },
    async [Symbol.asyncDispose]() {
      await listening.close(1_000)
      await supabase.stop()
      await db[Symbol.asyncDispose]()
      await rm(objectsDir, { recursive: true, force: true })
    },
  }
}

export type LiveServer = Awaited<ReturnType<typeof startLiveServer>>

function makeApi(url: string, token: string | null, headers: Record<string, string> = {}) {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  return createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${url}/trpc`, headers: { ...authorization, ...headers } })],
  })
}

function makeAuth(url: string, publishableKey: string): InstanceType<typeof AuthClient> {
  return new AuthClient({
    url: `${url}/auth/v1`,
    headers: { apikey: publishableKey },
    persistSession: false,
    autoRefreshToken: false,
    detectSessionInUrl: false,
  })
}

async function createUser(url: string, secretKey: string, credentials: { email: string; password: string }) {
  const response = await fetch(`${url}/auth/v1/admin/users`, {
    method: 'POST',
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...credentials, email_confirm: true }),
  })
  if (!response.ok) throw new Error(`creating a user failed: ${response.status}`)
}

async function createKey(db: TestDatabase, key: string): Promise<void> {
  const hash = createHash('sha256').update(key).digest('hex')
  await db.pool.query(`select public.create_worker_key('test', $1, 'test', 'own')`, [hash])
}

/** The code and data of a refused call; fails when the call succeeds. */
export async function refusalOf(call: Promise<unknown>): Promise<{ code: string; data: Record<string, unknown> }> {
  try {
    await call
  } catch (error) {
    if (error instanceof TRPCClientError)
      return (error.data as { forge: { code: string; data: Record<string, unknown> } }).forge
    throw error
  }
  throw new Error('the call was not refused')
}

/** Uploads as a browser does: ticket, PUT, confirm. `status` is the PUT's. */
export async function upload(api: Api, bytes: Uint8Array, mime: 'image/png' | 'image/jpeg' = 'image/png') {
  const ticket = await api.assets.requestUpload.mutate({ mime, bytes: Math.min(bytes.byteLength, 1_000_000) })
  const put = () => fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: Uint8Array.from(bytes) })
  const { status } = await put()
  return { ticket, status, putAgain: put, confirm: () => api.assets.confirm.mutate({ uploadId: ticket.uploadId }) }
}
