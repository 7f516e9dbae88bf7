import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createClient } from '@supabase/supabase-js'
import type { SupabaseClient } from '@supabase/supabase-js'
import { pino } from 'pino'

import { startApi } from '../local/api.ts'
import { signToken } from '../local/auth/tokens.ts'
import type { LocalKeys } from '../local/context.ts'
import { makeKeys } from '../local/keys.ts'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'

/** A whole local Supabase over its own clone of the database. Disposing stops all of it and drops the clone. */
export type TestStack = AsyncDisposable & {
  url: string
  keys: LocalKeys
  db: TestDatabase
  /** A client with the secret key (default: publishable), or with a signed-in user's or worker's token. */
  client: (who?: { secret?: boolean; token?: string }) => SupabaseClient
  /** A token signed by this stack; role `authenticated` and one hour unless told otherwise. */
  token: (claims: { sub: string; role?: string; [claim: string]: unknown }, seconds?: number) => Promise<string>
}

/** Starts a stack for one test file: `await using stack = await startTestStack()`. */
export async function startTestStack(): Promise<TestStack> {
  const db = await cloneDatabase()
  const keys = await makeKeys()
  const objectsDir = await mkdtemp(join(tmpdir(), 'forge-objects-'))
  const discard = async (): Promise<void> => {
    await rm(objectsDir, { recursive: true, force: true })
    await db[Symbol.asyncDispose]()
  }
  try {
    const log = pino({ level: 'silent' })
    const api = await startApi({ adminUrl: db.url(), keys, port: 0, objectsDir, log })
    return {
      url: api.url,
      keys,
      db,
      client: ({ secret = false, token } = {}) =>
        createClient(api.url, secret ? keys.secretKey : keys.publishableKey, {
          auth: { persistSession: false, autoRefreshToken: false },
          ...(token === undefined ? {} : { accessToken: () => Promise.resolve(token) }),
        }),
      token({ role = 'authenticated', ...claims }, seconds = 3600) {
        const iat = Math.floor(Date.now() / 1000)
        return signToken(keys, api.url, { ...claims, role, iat, exp: iat + seconds })
      },
      async [Symbol.asyncDispose]() {
        await api.stop()
        await discard()
      },
    }
  } catch (error) {
    await discard()
    throw error
  }
}
