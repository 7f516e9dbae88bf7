import type { Session as AuthSession } from '@supabase/auth-js'
import { runtimeConfig } from '#client/lib/config.ts'
import { keptLocal } from '#client/lib/kept-local.ts'

/** A guest account that was given up for a permanent one, kept until its images have moved. */
export type GuestLeft = { userId: string; access: string; refresh: string }

const key = 'forge-merge'
/** A token this close to its end is renewed before it is shown to anyone. Milliseconds. */
const margin = 60_000

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
}

function parse(text: string | null): Record<string, unknown> | null {
  if (text === null) return null
  try {
    return record(JSON.parse(text))
  } catch {
    return null
  }
}

export function keepGuest(session: Pick<AuthSession, 'access_token' | 'refresh_token' | 'user'>): void {
  const left: GuestLeft = { userId: session.user.id, access: session.access_token, refresh: session.refresh_token }
  keptLocal.setItem(key, JSON.stringify(left))
}

/** Keeps the guest whose session the auth client is about to replace by one that came in the address. */
export function keepStoredGuest(storageKey: string): void {
  const stored = parse(keptLocal.getItem(storageKey))
  const user = record(stored?.['user'])
  const { access_token: access, refresh_token: refresh } = stored ?? {}
  if (user?.['is_anonymous'] !== true || typeof user['id'] !== 'string') return
  if (typeof access !== 'string' || typeof refresh !== 'string') return
  keptLocal.setItem(key, JSON.stringify({ userId: user['id'], access, refresh } satisfies GuestLeft))
}

export function guestLeft(): GuestLeft | null {
  const kept = parse(keptLocal.getItem(key))
  const { userId, access, refresh } = kept ?? {}
  if (typeof userId !== 'string' || typeof access !== 'string' || typeof refresh !== 'string') return null
  return { userId, access, refresh }
}

export function dropGuest(): void {
  keptLocal.removeItem(key)
}

function expiresAt(token: string): number {
  const payload = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''
  try {
    const { exp } = JSON.parse(atob(payload)) as { exp?: unknown }
    return typeof exp === 'number' ? exp * 1_000 : 0
  } catch {
    return 0
  }
}

/**
 * A token of the guest that is good now. null: the sign-in service no longer knows the guest. Throws when it cannot
 * be asked. Renewed beside the auth client, whose session is somebody else's by now.
 */
export async function guestToken(left: GuestLeft): Promise<string | null> {
  if (expiresAt(left.access) > Date.now() + margin) return left.access
  const { supabaseUrl, supabasePublishableKey } = runtimeConfig()
  const answer = await fetch(`${supabaseUrl}/auth/v1/token?grant_type=refresh_token`, {
    method: 'POST',
    headers: { apikey: supabasePublishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: left.refresh }),
  })
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return null
  if (!answer.ok) throw new Error(`sign-in service: ${answer.status}`)
  const fresh = record(await answer.json())
  const { access_token: access, refresh_token: refresh } = fresh ?? {}
  if (typeof access !== 'string' || typeof refresh !== 'string') throw new Error('sign-in service: no session')
  keptLocal.setItem(key, JSON.stringify({ userId: left.userId, access, refresh } satisfies GuestLeft))
  return access
}
