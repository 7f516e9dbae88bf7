import { createHash, randomBytes } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'

const saved = z.object({
  workerKey: z.string(),
  bucketSecret: z.string(),
  password: z.string(),
})
/** Secrets of the local demo world, made once and kept with its data (mode 0600). */
export type DemoSecrets = z.infer<typeof saved>

export const demoAccounts = [
  { email: 'artist@forge.test', role: 'artist', credits: 50 },
  { email: 'operator@forge.test', role: 'operator', credits: 0 },
] as const

/** Reads the demo world's secrets, or makes them on the first start. */
export async function loadDemoSecrets(dataDir: string): Promise<DemoSecrets> {
  const file = path.join(dataDir, 'demo.json')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text !== null) return saved.parse(JSON.parse(text))
  const secrets: DemoSecrets = {
    workerKey: `fwk_${randomBytes(24).toString('base64url')}`,
    bucketSecret: randomBytes(32).toString('base64url'),
    password: randomBytes(9).toString('base64url'),
  }
  await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  await chmod(file, 0o600)
  return secrets
}

/** Makes the demo artist (with credits), the operator and the worker key. Safe to run at every start. */
export async function seedDemo(supabaseUrl: string, secretKey: string, secrets: DemoSecrets): Promise<void> {
  const supabase = createClient(supabaseUrl, secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
  const keyHash = createHash('sha256').update(secrets.workerKey).digest('hex')
  const key = await supabase.rpc('create_worker_key', {
    p_name: 'local',
    p_key_hash: keyHash,
    p_pool: 'local',
    p_trust: 'own',
  })
  if (key.error) throw new Error(`create_worker_key: ${key.error.message}`)
  for (const account of demoAccounts) await seedAccount(supabase, account, secrets.password)
}

async function seedAccount(
  supabase: SupabaseClient,
  account: (typeof demoAccounts)[number],
  password: string,
): Promise<void> {
  const made = await supabase.auth.admin.createUser({
    email: account.email,
    password,
    email_confirm: true,
    app_metadata: account.role === 'operator' ? { role: 'operator' } : {},
  })
  if (made.error && made.error.code !== 'email_exists' && made.error.code !== 'user_already_exists') {
    throw new Error(`createUser: ${made.error.message}`)
  }
  if (!made.data.user || account.credits === 0) return
  const granted = await supabase.rpc('grant_credits', {
    p_owner: made.data.user.id,
    p_amount: account.credits,
    p_kind: 'grant',
    p_external_id: `demo:${made.data.user.id}`,
  })
  if (granted.error) throw new Error(`grant_credits: ${granted.error.message}`)
}
