import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import type { SupabaseClient } from '@supabase/supabase-js'
import { pino } from 'pino'
import { startApi } from '#supabase/local/api.ts'
import type { ApiOptions } from '#supabase/local/api.ts'
import type { LocalKeys } from '#supabase/local/context.ts'
import { makeKeys } from '#supabase/local/keys.ts'
import type { TestDatabase } from '#supabase/tests/database.ts'

export type TestApi = AsyncDisposable & {
  url: string
  keys: LocalKeys
  objectsDir: string
  /** A client as a browser has it: publishable key, no stored session. */
  anon: () => SupabaseClient
  /** A client with the secret key. */
  service: SupabaseClient
}

/** The whole API on a free port over one test database, with keys and an object folder of its own. */
export async function startTestApi(
  db: TestDatabase,
  settings: Pick<ApiOptions, 'auth' | 'storage'> = {},
): Promise<TestApi> {
  const objectsDir = await mkdtemp(join(tmpdir(), 'forge-objects-'))
  const keys = await makeKeys()
  const api = await startApi({
    adminUrl: db.url(),
    keys,
    port: 0,
    objectsDir,
    log: pino({ level: 'silent' }),
    ...settings,
  })
  const auth = { persistSession: false, autoRefreshToken: false }
  return {
    url: api.url,
    keys,
    objectsDir,
    anon: () => createClient(api.url, keys.publishableKey, { auth }),
    service: createClient(api.url, keys.secretKey, { auth }),
    async [Symbol.asyncDispose]() {
      await api.stop()
      await rm(objectsDir, { recursive: true, force: true })
    },
  }
}
