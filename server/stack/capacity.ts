import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { z } from 'zod'
import { standinPrefix } from '#server/standin/runpod/boxes.ts'
import type { StackEnv } from './env.ts'
import type { PartPlan } from './part.ts'
import { pickPort } from './ports.ts'

const names = [
  'RUNPOD_API_KEY',
  'RUNPOD_ENDPOINT_ID',
  'RUNPOD_ENDPOINT_USD_PER_HOUR',
  'RUNPOD_POD_IMAGE',
  'RUNPOD_POD_TEMPLATE_ID',
  'RUNPOD_POD_GPUS',
  'RUNPOD_POD_CLOUD',
  'RUNPOD_POD_DISK_GB',
  'RUNPOD_POD_USD_PER_HOUR',
  'RUNPOD_API_URL',
  'RUNPOD_JOBS_URL',
  'CAPACITY_TEMPLATES',
  'CAPACITY_SERVER_URL',
] as const satisfies readonly (keyof StackEnv)[]

/** The server's part of the environment about rented boxes: the account that is set, the stand-in, or none. */
export async function beginCapacity(
  env: StackEnv,
  serverUrl: string,
  begin: (plan: PartPlan) => Promise<void>,
): Promise<Record<string, string>> {
  if (env.CAPACITY !== 'standin')
    return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const port = await pickPort(env.RUNPOD_STANDIN_PORT)
  const url = `http://127.0.0.1:${port}`
  const apiKey = `rpa_standin_${randomBytes(16).toString('hex')}`
  await begin({
    name: 'runpod',
    script: 'server/standin/runpod/main.ts',
    env: {
      RUNPOD_STANDIN_PORT: String(port),
      RUNPOD_API_KEY: apiKey,
      RUNPOD_ENDPOINT_ID: 'local',
      RUNPOD_STANDIN_DATA: path.join(env.FORGE_DATA, 'boxes'),
      RUNPOD_STANDIN_COLD_MS: String(env.RUNPOD_STANDIN_COLD_MS),
      STANDIN_STEP_MS: String(env.STANDIN_STEP_MS),
      LOG_LEVEL: env.LOG_LEVEL,
    },
    probe: `${url}/standin/health`,
    readyWithinMs: 20_000,
  })
  return {
    RUNPOD_API_KEY: apiKey,
    RUNPOD_ENDPOINT_ID: 'local',
    RUNPOD_POD_IMAGE: 'forge/worker:local',
    RUNPOD_POD_GPUS: 'NVIDIA GeForce RTX 4090,NVIDIA L40S',
    RUNPOD_API_URL: url,
    RUNPOD_JOBS_URL: url,
    CAPACITY_SERVER_URL: serverUrl,
  }
}

const rented = z.array(z.object({ id: z.string(), remote_id: z.string().nullable() }))

/**
 * Boxes of the stand-in are processes of the stack that rented them: with a new stack they are no more, and nobody need
 * be told that nobody looks after them.
 */
export async function forgetStandinBoxes({ url, secretKey }: { url: string; secretKey: string }): Promise<void> {
  const client = createClient(url, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
  const { data, error } = await client
    .from('boxes')
    .select('id, remote_id')
    .in('state', ['asked', 'starting', 'up', 'draining'])
  if (error) throw new Error(`boxes: ${error.message}`)
  for (const { id } of rented.parse(data).filter((box) => box.remote_id?.startsWith(standinPrefix))) {
    const ended = await client.rpc('end_box', { p_box: id, p_reason: 'vanished' })
    if (ended.error) throw new Error(`end_box: ${ended.error.message}`)
  }
}
