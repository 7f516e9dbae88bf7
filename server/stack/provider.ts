import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createClient } from '@supabase/supabase-js'
import type { StackEnv } from './env.ts'
import type { PartPlan } from './part.ts'
import { pickPort } from './ports.ts'

/** A token of this form is the stand-in's; Replicate's begin with `r8_`. */
const standinToken = /^standin_\w+$/

type Begin = (plan: PartPlan) => Promise<void>
type ProviderWish = { env: StackEnv; serverUrl: string; supabase: { url: string; secretKey: string }; begin: Begin }

/** The key of the local provider's worker, made at the first start and kept with the data (mode 0600). */
async function localKey({ env, supabase }: ProviderWish): Promise<string> {
  const file = path.join(env.FORGE_DATA, 'provider-key')
  const kept = await readFile(file, 'utf8').catch(() => null)
  const key = kept ?? `fwk_${randomBytes(24).toString('base64url')}`
  if (kept === null) await writeFile(file, key, { mode: 0o600 })
  const client = createClient(supabase.url, supabase.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const { error } = await client.rpc('create_worker_key', {
    p_name: 'replicate',
    p_key_hash: createHash('sha256').update(key).digest('hex'),
    p_pool: 'provider',
    p_trust: 'provider',
  })
  if (error) throw new Error(`create_worker_key: ${error.message}`)
  return key
}

async function beginStandin({ env, begin }: ProviderWish, token: string): Promise<string> {
  const port = await pickPort(env.REPLICATE_STANDIN_PORT)
  const origin = `http://127.0.0.1:${port}`
  await begin({
    name: 'replicate',
    script: 'worker/standin/replicate/main.ts',
    env: {
      REPLICATE_STANDIN_PORT: String(port),
      REPLICATE_API_TOKEN: token,
      REPLICATE_STANDIN_STEP_MS: String(env.STANDIN_STEP_MS),
      LOG_LEVEL: env.LOG_LEVEL,
    },
    probe: `${origin}/health`,
    readyWithinMs: 20_000,
  })
  return `${origin}/v1`
}

/**
 * The worker that renders at Replicate, beside the server, when its token is set: it takes jobs only as the settings
 * allow (`npm run controls -- fallback=on`). Answers where the stand-in is, or null.
 */
export async function beginProvider(wish: ProviderWish): Promise<string | null> {
  const { env, serverUrl, begin } = wish
  const token = env.REPLICATE_API_TOKEN
  if (token === undefined) return null
  const isStandin = standinToken.test(token) && env.REPLICATE_API_URL === undefined
  const apiUrl = isStandin ? await beginStandin(wish, token) : env.REPLICATE_API_URL
  await begin({
    name: 'provider',
    script: 'worker/main.ts',
    env: {
      FORGE_SERVER_URL: serverUrl,
      FORGE_WORKER_KEY: env.FORGE_PROVIDER_KEY ?? (await localKey(wish)),
      REPLICATE_API_TOKEN: token,
      ...(apiUrl === undefined ? {} : { REPLICATE_API_URL: apiUrl }),
      ...(env.REPLICATE_LORA_URL === undefined ? {} : { REPLICATE_LORA_URL: env.REPLICATE_LORA_URL }),
      ...(env.REPLICATE_PARALLEL === undefined ? {} : { REPLICATE_PARALLEL: env.REPLICATE_PARALLEL }),
      WORKER_DATA: path.join(env.FORGE_DATA, 'provider'),
      LOG_LEVEL: env.LOG_LEVEL,
    },
    probe: null,
    readyWithinMs: 120_000,
  })
  return isStandin ? (apiUrl ?? null) : null
}
