import { type SupabaseClient, createClient } from '@supabase/supabase-js'
import type { Database } from '#shared/database.types.ts'

/** Knows every table, column, function and argument of the migrated database (shared/database.types.ts). */
export type Supabase = SupabaseClient<Database>

/** Milliseconds until a call counts as unanswered. Objects are large, rows are not. */
const timeouts = { storage: 30_000, rest: 10_000 } as const

/**
 * The server's client: the secret key (role service_role), no session, every call bounded in time. One fetch for all,
 * so that no wait of ours is endless.
 */
export function connectSupabase(url: string, secretKey: string): Supabase {
  return createClient<Database>(url, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    // Its own retries would keep a caller waiting for seven seconds; callers repeat by themselves, safely.
    db: { retry: false },
    global: { fetch: boundedFetch },
  })
}

const boundedFetch: typeof fetch = (input, init) => {
  const path = input instanceof Request ? input.url : String(input)
  const timeout = AbortSignal.timeout(path.includes('/storage/v1/') ? timeouts.storage : timeouts.rest)
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  return fetch(input, { ...init, signal })
}
