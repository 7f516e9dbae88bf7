import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { AuthClient } from '@supabase/auth-js'
import { createTRPCClient, httpLink } from '@trpc/client'
import { Pool } from 'pg'
import sharp from 'sharp'
import { z } from 'zod'
import { root } from '#server/stack/env.ts'
import { type Part, type PartPlan, startPart } from '#server/stack/part.ts'
import { pickPort } from '#server/stack/ports.ts'
import type { AppRouter } from '#server/trpc/root.ts'

const keyFile = z.object({
  publishableKey: z.string(),
  secretKey: z.string(),
  databasePassword: z.string(),
  signingKey: z.looseObject({}),
})

type Api = ReturnType<typeof createTRPCClient<AppRouter>>
/** A signed-in artist with a million credits and one small image of their own. */
export type BenchArtist = { id: string; token: string; assetId: string; api: Api }

export type WorkerOptions = {
  comfyUrl: string
  nodeOptions?: string
  /** Told every line the worker prints. */
  onLine?: (line: string) => void
}

/** The real processes of a stack, each its own, on free ports and data of their own; gone when disposed. */
export type BenchParts = AsyncDisposable & {
  serverUrl: string
  supabaseUrl: string
  publishableKey: string
  /** The database as its superuser: a bench also reads and sets what no part may. */
  adminUrl: string
  admin: Pool
  newArtist: () => Promise<BenchArtist>
  /** Starts the stand-in for ComfyUI; answers its URL. `noiseKb`: pictures of that size instead of painted ones. */
  startComfy: (stepMs: number, noiseKb?: number) => Promise<string>
  /** Starts a real worker with a key of its own and waits until it is ready. */
  startWorker: (options: WorkerOptions) => Promise<Part>
}

/** Settings under which nothing is refused: everything is paid, no cap is near, and the free model needs no licence. */
const lifted = `free_enabled = false, licences = '{}', variants = '{"remix": "schnell"}',
  open_caps = '{"permanent": 100000000, "anonymous": 100000000}',
  running_caps = '{"paid": 100000000, "free": 100000000, "anon": 100000000}'`

/**
 * Starts Supabase and the server as `npm start` does, with rate limits raised out of the way (RATE_* of the server's
 * environment): what is measured is the work, not the refusal. `settings` are assignments to the operator's row.
 */
export async function openParts(settings: string = lifted): Promise<BenchParts> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'forge-bench-'))
  // Started as root, Postgres runs as another account and must get through.
  await chmod(dataDir, 0o711)
  const cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }))
  const begin = async (plan: PartPlan, onLine: (line: string) => void = () => undefined) => {
    const last: string[] = []
    const print = (_part: string, line: string) => {
      onLine(line)
      last.push(line)
      last.splice(0, last.length - 20)
    }
    const part = await startPart(plan, { root, print }).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}:\n${last.join('\n')}`)
    })
    cleanup.defer(() => part.stop())
    return part
  }
  try {
    return await open({ dataDir, settings }, begin, cleanup)
  } catch (error) {
    await cleanup.disposeAsync()
    throw error
  }
}

type Begin = (plan: PartPlan, onLine?: (line: string) => void) => Promise<Part>

async function open(
  { dataDir, settings }: { dataDir: string; settings: string },
  begin: Begin,
  cleanup: AsyncDisposableStack,
): Promise<BenchParts> {
  const [apiPort, postgresPort, port] = [await pickPort(0), await pickPort(0), await pickPort(0)]
  const supabaseUrl = `http://127.0.0.1:${apiPort}`
  const serverUrl = `http://127.0.0.1:${port}`
  await begin({
    name: 'supabase',
    script: 'supabase/local/main.ts',
    env: {
      FORGE_DATA: dataDir,
      SUPABASE_PORT: String(apiPort),
      POSTGRES_PORT: String(postgresPort),
      LOG_LEVEL: 'warn',
    },
    probe: `${supabaseUrl}/health`,
    readyWithinMs: 120_000,
  })
  const keys = keyFile.parse(JSON.parse(await readFile(path.join(dataDir, 'keys.json'), 'utf8')))
  const password = encodeURIComponent(keys.databasePassword)
  const adminUrl = `postgresql://supabase_admin:${password}@127.0.0.1:${postgresPort}/postgres`
  const admin = new Pool({ connectionString: adminUrl, max: 8 })
  admin.on('error', () => undefined)
  cleanup.defer(() => admin.end())
  await admin.query(`update public.settings set ${settings}`)
  await begin({
    name: 'server',
    script: 'server/node.ts',
    env: {
      PORT: String(port),
      SUPABASE_URL: supabaseUrl,
      SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
      SUPABASE_SECRET_KEY: keys.secretKey,
      SUPABASE_JWT_SIGNING_KEY: JSON.stringify(keys.signingKey),
      FORGE_BUCKET_SECRET: randomBytes(32).toString('base64url'),
      RATE_ACCOUNT_MUTATIONS: '100000000',
      RATE_ADDRESS_MUTATIONS: '100000000',
      RATE_ADDRESS_QUERIES: '100000000',
      LOG_LEVEL: 'warn',
    },
    probe: `${serverUrl}/health/ready`,
    readyWithinMs: 60_000,
  })
  return {
    serverUrl,
    supabaseUrl,
    publishableKey: keys.publishableKey,
    adminUrl,
    admin,
    newArtist: () => newArtist({ admin, serverUrl, supabaseUrl, publishableKey: keys.publishableKey }),
    startComfy: (stepMs, noiseKb = 0) => startComfy(begin, stepMs, noiseKb),
    startWorker: (options) => startWorker(options, { begin, admin, serverUrl, dataDir }),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

async function startComfy(begin: Begin, stepMs: number, noiseKb: number): Promise<string> {
  const port = await pickPort(0)
  const url = `http://127.0.0.1:${port}`
  const env = {
    STANDIN_PORT: String(port),
    STANDIN_STEP_MS: String(stepMs),
    STANDIN_LOAD_MS: '0',
    STANDIN_NOISE_KB: String(noiseKb),
    LOG_LEVEL: 'warn',
  }
  const probe = `${url}/system_stats`
  await begin({ name: 'standin', script: 'worker/standin/main.ts', env, probe, readyWithinMs: 60_000 })
  return url
}

type WorkerPlace = { begin: Begin; admin: Pool; serverUrl: string; dataDir: string }

async function startWorker(options: WorkerOptions, { begin, admin, serverUrl, dataDir }: WorkerPlace): Promise<Part> {
  const name = randomUUID()
  const key = `fwk_${randomBytes(24).toString('base64url')}`
  const hash = createHash('sha256').update(key).digest('hex')
  await admin.query(`select public.create_worker_key($1, $2, 'bench', 'own')`, [name, hash])
  const env = {
    FORGE_SERVER_URL: serverUrl,
    FORGE_WORKER_KEY: key,
    COMFY_URL: options.comfyUrl,
    WORKER_DATA: path.join(dataDir, `worker-${name}`),
    LOG_LEVEL: 'info',
    ...(options.nodeOptions === undefined ? {} : { NODE_OPTIONS: options.nodeOptions }),
  }
  return begin({ name: 'worker', script: 'worker/main.ts', env, probe: null, readyWithinMs: 60_000 }, options.onLine)
}

type ArtistPlace = { admin: Pool; serverUrl: string; supabaseUrl: string; publishableKey: string }

async function newArtist({ admin, serverUrl, supabaseUrl, publishableKey }: ArtistPlace): Promise<BenchArtist> {
  const auth = new AuthClient({
    url: `${supabaseUrl}/auth/v1`,
    headers: { apikey: publishableKey },
    persistSession: false,
    autoRefreshToken: false,
    detectSessionInUrl: false,
  })
  const { data, error } = await auth.signInAnonymously()
  if (error || !data.session) throw new Error('anonymous sign-in failed', { cause: error })
  const token = data.session.access_token
  const id = data.session.user.id
  await admin.query(`select public.grant_credits($1, 1000000, 'grant', $2)`, [id, `bench:${id}`])
  const api = createTRPCClient<AppRouter>({
    links: [httpLink({ url: `${serverUrl}/trpc`, headers: { authorization: `Bearer ${token}` } })],
  })
  return { id, token, api, assetId: await uploadSmall(api) }
}

async function uploadSmall(api: Api): Promise<string> {
  const bytes = await sharp({ create: { width: 96, height: 64, channels: 3, background: '#4a6a8a' } })
    .png()
    .toBuffer()
  const ticket = await api.assets.requestUpload.mutate({ mime: 'image/png', bytes: bytes.byteLength })
  const put = await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: new Uint8Array(bytes) })
  if (!put.ok) throw new Error(`the upload answered ${put.status}`)
  return (await api.assets.confirm.mutate({ uploadId: ticket.uploadId })).id
}

/** What the studio sends for one image of remix, paid from the artist's credits. */
export function wishOf(artist: BenchArtist) {
  return {
    requestId: randomUUID(),
    mode: 'remix',
    prompt: 'oil on board, cold dusk light, last sun on the nose',
    creativity: 50,
    chaos: 30,
    seed: '8812',
    inputs: [{ assetId: artist.assetId, role: 'base' as const }],
    purse: 'credits' as const,
    expectedPrice: 1,
  }
}
