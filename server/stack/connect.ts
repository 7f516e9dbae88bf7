import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { readStackEnv, type StackEnv } from './env.ts'
import { readState, type StackState } from './state.ts'

export type Deployment = {
  env: StackEnv
  /** null when a hosted project is named by the environment. */
  stack: StackState | null
  supabaseUrl: string
  secretKey: string
  /** Speaks as service_role. */
  supabase: SupabaseClient
}

const keys = z.object({ secretKey: z.string() })

/**
 * The deployment a command is about: the project that SUPABASE_URL and SUPABASE_SECRET_KEY name, else the local stack
 * that runs. Throws one sentence when there is neither.
 */
export async function connect(): Promise<Deployment> {
  const env = readStackEnv()
  const stack = env.SUPABASE_URL ? null : await readState(env.FORGE_DATA)
  if (!env.SUPABASE_URL && !stack)
    throw new Error('No local stack runs. Start it with npm start, or set SUPABASE_URL and SUPABASE_SECRET_KEY.')
  const supabaseUrl = env.SUPABASE_URL ?? stack?.supabaseUrl ?? ''
  const secretKey =
    env.SUPABASE_SECRET_KEY ??
    keys.parse(JSON.parse(await readFile(path.join(env.FORGE_DATA, 'keys.json'), 'utf8'))).secretKey
  const supabase = createClient(supabaseUrl, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
  return { env, stack, supabaseUrl, secretKey, supabase }
}

/** Runs a command's body: a thrown error becomes one sentence on stderr and exit code 1. */
export async function command(body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
