import { runtimeConfig } from '#client/lib/config.ts'
import { landing } from './landing.ts'
import { problem } from './sign-in.ts'
import type { AuthOutcome } from './sign-in.ts'
import { loadAuth, sessionStore } from './session.ts'

export const providers = ['google', 'github'] as const
export type Provider = (typeof providers)[number]

/** Which of our providers the sign-in service's `/settings` says are on. */
export function providersOf(settings: unknown): Provider[] {
  if (typeof settings !== 'object' || settings === null || !('external' in settings)) return []
  const { external } = settings
  if (typeof external !== 'object' || external === null) return []
  const on = new Map(Object.entries(external))
  return providers.filter((name) => on.get(name) === true)
}

/** The providers of this deployment; none while the sign-in service cannot say. */
export async function loadProviders(): Promise<Provider[]> {
  const { supabaseUrl, supabasePublishableKey } = runtimeConfig()
  try {
    const answer = await fetch(`${supabaseUrl}/auth/v1/settings`, { headers: { apikey: supabasePublishableKey } })
    return answer.ok ? providersOf(await answer.json()) : []
  } catch {
    return []
  }
}

/**
 * Goes to the provider; the page comes back to the studio, where the draft lies. A guest's account gets the identity
 * added; when that identity is known to belong to another account, it is signed in to, and the guest's images move.
 */
export async function continueWith(provider: Provider): Promise<AuthOutcome | null> {
  const auth = await loadAuth()
  const wish = { provider, options: { redirectTo: `${location.origin}/studio` } }
  const taken = landing.kind === 'refused' && landing.code === 'identity_already_exists'
  if (sessionStore.get().status === 'guest' && !taken) {
    const { error } = await auth.linkIdentity(wish)
    if (!error) return null
    if (error.code !== 'manual_linking_disabled') return problem(error)
  }
  const { error } = await auth.signInWithOAuth(wish)
  return error ? problem(error) : null
}
