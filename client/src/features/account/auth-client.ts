import { AuthClient } from '@supabase/auth-js'
import { runtimeConfig } from '#client/lib/config.ts'
import { keptLocal } from '#client/lib/kept-local.ts'

/** Makes the Supabase auth client. Loaded only when a session exists or is wanted. */
export function createAuthClient(storageKey: string): InstanceType<typeof AuthClient> {
  const { supabaseUrl, supabasePublishableKey } = runtimeConfig()
  return new AuthClient({
    url: `${supabaseUrl}/auth/v1`,
    headers: { apikey: supabasePublishableKey, Authorization: `Bearer ${supabasePublishableKey}` },
    storageKey,
    storage: keptLocal,
    persistSession: true,
    autoRefreshToken: true,
    detectSessionInUrl: true,
  })
}
