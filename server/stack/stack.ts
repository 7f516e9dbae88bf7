import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beginCapacity, forgetStandinBoxes } from './capacity.ts'
import { buildClient } from './build-client.ts'
import { loadDemoSecrets, seedDemo } from './demo.ts'
import { root, type StackEnv } from './env.ts'
import type { PartPlan } from './part.ts'
import { isPortBlocked, isPortFree, pickPort } from './ports.ts'
import { clearState, readState, type StackState, writeState } from './state.ts'
import { beginProvider } from './provider.ts'
import { type StripeAccess, beginStripe, stripeEnv } from './stripe.ts'
import { type Supervised, supervise } from './supervise.ts'

export type Stack = {
  state: StackState
  demoPassword: string | null
  /** Stops every part, the last started first. */
  stop: () => Promise<void>
}

type StackOptions = {
  env: StackEnv
  print: (part: string, line: string) => void
  /** Told when a part has died again and again, and is given up. */
  onGivenUp: (name: string, how: string) => void
}

type Supabase = { url: string; publishableKey: string; secretKey: string; signingKey: string }

/**
 * Starts every part of the local stack in order and answers when the studio can be opened. Rejects with one sentence
 * a person can act on; whatever had started is stopped by then.
 */
export async function startStack({ env, print, onGivenUp }: StackOptions): Promise<Stack> {
  const running = await readState(env.FORGE_DATA)
  if (running)
    throw new Error(
      `The Forge already runs at ${running.url} (process ${running.pid}). Stop it, or set FORGE_DATA and PORT for a second one.`,
    )
  if (env.PORT !== 0 && !(await isPortFree(env.PORT))) {
    throw new Error(
      `Port ${env.PORT} is taken by another program. Stop it, or choose another: PORT=${env.PORT + 1} npm start`,
    )
  }
  if (await isPortBlocked(env.PORT))
    throw new Error(`Browsers refuse to open port ${env.PORT}. Choose another: PORT=4100 npm start`)
  // Not 0700: started as root, Postgres runs as another account and must get through to its own folder.
  await mkdir(env.FORGE_DATA, { recursive: true, mode: 0o711 })

  const parts: Supervised[] = []
  const begin = async (plan: PartPlan) => {
    parts.push(await supervise(plan, { root, print, onGivenUp }))
  }
  const stop = async () => {
    for (const part of parts.toReversed()) await part.stop()
    await clearState(env.FORGE_DATA)
  }

  try {
    const port = await pickPort(env.PORT)
    const building = buildClient((line) => print('studio', line))
    building.catch(() => undefined)
    const url = `http://127.0.0.1:${port}`
    const [supabase, comfyUrl, stripe, capacity] = await Promise.all([
      beginSupabase(env, begin),
      env.CAPACITY === 'standin' ? '' : beginComfy(env, begin),
      beginStripe(env, url, begin),
      beginCapacity(env, url, begin),
    ])
    const secrets = env.SUPABASE_URL ? null : await loadDemoSecrets(env.FORGE_DATA)
    if (secrets) await seedDemo(supabase.url, supabase.secretKey, secrets)
    if (secrets) await forgetStandinBoxes(supabase)
    await building

    await begin(
      serverPlan({
        env,
        port,
        supabase,
        stripe,
        capacity,
        bucketSecret: env.FORGE_BUCKET_SECRET ?? secrets?.bucketSecret ?? '',
      }),
    )
    // Without a box of its own the stack rents one when somebody presses.
    if (env.CAPACITY !== 'standin')
      await begin(workerPlan({ env, serverUrl: url, comfyUrl, key: env.FORGE_WORKER_KEY ?? secrets?.workerKey ?? '' }))
    const replicateUrl = await beginProvider({ env, serverUrl: url, supabase, begin })
    const state = {
      pid: process.pid,
      url,
      supabaseUrl: supabase.url,
      comfyUrl,
      ...(replicateUrl ? { replicateUrl } : {}),
      ...(stripe?.apiBase ? { stripeUrl: stripe.apiBase } : {}),
      startedAt: new Date().toISOString(),
    }
    await writeState(env.FORGE_DATA, state)
    return { state, demoPassword: secrets?.password ?? null, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Begin = (plan: PartPlan) => Promise<void>

async function beginSupabase(env: StackEnv, begin: Begin): Promise<Supabase> {
  if (env.SUPABASE_URL) {
    return {
      url: env.SUPABASE_URL,
      publishableKey: env.SUPABASE_PUBLISHABLE_KEY ?? '',
      secretKey: env.SUPABASE_SECRET_KEY ?? '',
      signingKey: env.SUPABASE_JWT_SIGNING_KEY ?? '',
    }
  }
  const port = await pickPort(env.SUPABASE_PORT)
  const postgresPort = await pickPort(env.POSTGRES_PORT)
  const url = `http://127.0.0.1:${port}`
  await begin({
    name: 'supabase',
    script: 'supabase/local/main.ts',
    env: {
      FORGE_DATA: env.FORGE_DATA,
      SUPABASE_PORT: String(port),
      POSTGRES_PORT: String(postgresPort),
      ...given(env, ['TURNSTILE_SECRET_KEY', 'TURNSTILE_VERIFY_URL']),
      LOG_LEVEL: env.LOG_LEVEL,
    },
    probe: `${url}/health`,
    readyWithinMs: 60_000,
  })
  const keys = JSON.parse(await readFile(path.join(env.FORGE_DATA, 'keys.json'), 'utf8')) as {
    publishableKey: string
    secretKey: string
    signingKey: object
  }
  return {
    url,
    publishableKey: keys.publishableKey,
    secretKey: keys.secretKey,
    signingKey: JSON.stringify(keys.signingKey),
  }
}

async function beginComfy(env: StackEnv, begin: Begin): Promise<string> {
  if (env.COMFY_URL) return env.COMFY_URL
  const port = await pickPort(env.STANDIN_PORT)
  const url = `http://127.0.0.1:${port}`
  await begin({
    name: 'standin',
    script: 'worker/standin/main.ts',
    env: { STANDIN_PORT: String(port), STANDIN_STEP_MS: String(env.STANDIN_STEP_MS), LOG_LEVEL: env.LOG_LEVEL },
    probe: `${url}/system_stats`,
    readyWithinMs: 20_000,
  })
  return url
}

type ServerWish = {
  env: StackEnv
  port: number
  supabase: Supabase
  stripe: StripeAccess | null
  capacity: Record<string, string>
  bucketSecret: string
}

function serverPlan(plan: ServerWish): PartPlan {
  return {
    name: 'server',
    script: 'server/node.ts',
    env: {
      PORT: String(plan.port),
      SUPABASE_URL: plan.supabase.url,
      SUPABASE_PUBLISHABLE_KEY: plan.supabase.publishableKey,
      SUPABASE_SECRET_KEY: plan.supabase.secretKey,
      SUPABASE_JWT_SIGNING_KEY: plan.supabase.signingKey,
      FORGE_BUCKET_SECRET: plan.bucketSecret,
      PUBLIC_URL: plan.env.PUBLIC_URL ?? `http://127.0.0.1:${plan.port}`,
      ...stripeEnv(plan.stripe),
      ...plan.capacity,
      TRUSTED_HOPS: plan.env.TRUSTED_HOPS ?? '0',
      CLIENT_DIST: path.join(root, 'client/dist'),
      LOG_LEVEL: plan.env.LOG_LEVEL,
      ...given(plan.env, ['BFL_API_KEY', 'BFL_API_BASE', 'ALERT_WEBHOOK_URL', 'TURNSTILE_SITE_KEY']),
      ...given(plan.env, ['SUPABASE_REVOKED_KEYS']),
      ...given(plan.env, ['RATE_ACCOUNT_MUTATIONS', 'RATE_ADDRESS_MUTATIONS', 'RATE_ADDRESS_QUERIES']),
    },
    probe: `http://127.0.0.1:${plan.port}/health/ready`,
    readyWithinMs: 30_000,
  }
}

/** Only what was set: an empty string is not the same as a default. */
function given(env: StackEnv, names: readonly (keyof StackEnv)[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, String(env[name])]])))
}

function workerPlan(plan: { env: StackEnv; serverUrl: string; comfyUrl: string; key: string }): PartPlan {
  return {
    name: 'worker',
    script: 'worker/main.ts',
    env: {
      FORGE_SERVER_URL: plan.serverUrl,
      FORGE_WORKER_KEY: plan.key,
      COMFY_URL: plan.comfyUrl,
      WORKER_DATA: path.join(plan.env.FORGE_DATA, 'worker'),
      LOG_LEVEL: plan.env.LOG_LEVEL,
      // The stand-in has no weights that a small job could prove or warm up.
      PROVE: plan.env.PROVE ?? (plan.env.COMFY_URL === undefined ? 'signatures' : 'jobs'),
      ...given(plan.env, ['MODELS_DIR', 'MODELS_FILE', 'MODELS_FETCH', 'MODELS_HOST', 'HF_TOKEN']),
      ...given(plan.env, ['COMFY_INPUT_DIR', 'COMFY_TEMP_DIR', 'FORGE_TOY', 'TOY_PIXELS', 'TOY_STEPS']),
    },
    probe: null,
    // A real box fetches weights and loads a model of each family before its first claim.
    readyWithinMs: plan.env.COMFY_URL === undefined ? 60_000 : 6 * 60 * 60_000,
  }
}
