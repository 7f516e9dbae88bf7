import type { Session as AuthSession } from '@supabase/auth-js'
import { createStore } from '#client/lib/store.ts'
import type { createAuthClient } from './auth-client.ts'
import { keepStoredGuest } from './guest-left.ts'
import { skewOf } from './clock-skew.ts'
import { landing } from './landing.ts'
import { keptLocal } from '#client/lib/kept-local.ts'

/** Who is here. `unknown` only while a stored session is being read; a guest has an account without an e-mail. */
export type Session =
  | { status: 'unknown' }
  | { status: 'none' }
  | { status: 'guest'; userId: string }
  | { status: 'member'; userId: string; email: string }

type Auth = ReturnType<typeof createAuthClient>

const storageKey = 'forge-auth'
const hasStored = hasStoredSession() || landing.kind === 'session'
// It replaces the one that is stored here.
if (landing.kind === 'session') keepStoredGuest(storageKey)

/** Whether this browser keeps a session; one that is only out of reach is kept. */
export function hasStoredSession(): boolean {
  return keptLocal.getItem(storageKey) !== null
}

export const sessionStore = createStore<Session>({ status: hasStored ? 'unknown' : 'none' })

/** Tells the page who is here now. */
export function apply(session: AuthSession | null): void {
  const user = session?.user
  const before = sessionStore.get()
  if (!user) {
    if (before.status !== 'none') sessionStore.set({ status: 'none' })
    return
  }
  const next: Session =
    user.is_anonymous === true
      ? { status: 'guest', userId: user.id }
      : { status: 'member', userId: user.id, email: user.email ?? '' }
  if (JSON.stringify(next) !== JSON.stringify(before)) sessionStore.set(next)
}

/** How far this device's clock is from the sign-in service's, ms; told when a token arrives and it is minutes. */
export const clockSkewStore = createStore(0)

/** Before its end a token is asked for anew. Milliseconds. */
const tokenMargin = 90_000
/** What lay here when the page opened: auth-js tells that session as one that signs in, however long ago it was made. */
const keptAtLoad = keptLocal.getItem(storageKey) ?? ''
let lastToken: string | null = null
let fresh: { token: string; until: number } | null = null

/** Times a token that arrives now by the clock that nobody can set, so that a wrong clock refreshes nothing too often. */
function remember(event: string, session: AuthSession | null): void {
  const token = session?.access_token ?? null
  if (token === lastToken) return
  lastToken = token
  fresh = null
  if (!session || token === null || event === 'INITIAL_SESSION' || keptAtLoad.includes(token)) return
  fresh = { token, until: performance.now() + session.expires_in * 1_000 - tokenMargin }
  clockSkewStore.set(skewOf(session, Date.now()))
}

let loading: Promise<Auth> | null = null

/** The auth client, loaded and made on first use; keeps `sessionStore` in step with it. */
export function loadAuth(): Promise<Auth> {
  loading ??= import('./auth-client.ts').then(({ createAuthClient }) => {
    const auth = createAuthClient(storageKey)
    auth.onAuthStateChange((event, session) => {
      remember(event, session)
      apply(session)
    })
    return auth
  })
  return loading
}

/** Reads the stored session, when there is one, and follows sign-ins made in other tabs. */
export async function openSession(): Promise<void> {
  window.addEventListener('storage', (event) => {
    if (event.key === storageKey) void refreshSession()
  })
  if (hasStored) await refreshSession()
}

async function refreshSession(): Promise<void> {
  try {
    const { data } = await (await loadAuth()).getSession()
    apply(data.session)
  } catch {
    // Without the auth service the page is a visitor's; the draft is local anyway.
    if (sessionStore.get().status === 'unknown') sessionStore.set({ status: 'none' })
  }
}

/** A token that is good now, refreshed when needed; null for a visitor. */
export async function accessToken(): Promise<string | null> {
  if (sessionStore.get().status === 'none') return null
  if (fresh && fresh.until > performance.now() && hasStoredSession()) return fresh.token
  const { data, error } = await (await loadAuth()).getSession()
  // Out of reach is not signed out: to ask as a visitor now would be answered as one.
  if (error && hasStoredSession()) throw error
  return data.session?.access_token ?? null
}

let renewing: Promise<string | null> | null = null

async function refreshedToken(refused: string): Promise<string | null> {
  const auth = await loadAuth()
  const held = (await auth.getSession()).data.session?.access_token ?? null
  // Another call has already brought a new one, or ended the session.
  if (held !== refused) return held
  const { data, error } = await auth.refreshSession()
  if (!error) return data.session?.access_token ?? null
  // Busy or out of reach says nothing about the session; a refusal means that nobody is behind it any more.
  if (error.status !== undefined && error.status >= 400 && error.status < 500 && error.status !== 429) {
    await endSession(refused)
  }
  return null
}

/**
 * A token to use instead of one the API refused, asked for once however many calls were refused. Null when the
 * session is over, which then has been ended here, or when the sign-in service did not answer.
 */
export function renewToken(refused: string): Promise<string | null> {
  renewing ??= refreshedToken(refused)
    .catch(() => null)
    .finally(() => {
      renewing = null
    })
  return renewing
}

/** Ends the session of a refused token in this browser; one that has begun since stays. */
export async function endSession(refused: string): Promise<void> {
  const auth = await loadAuth()
  const { data } = await auth.getSession()
  if (data.session && data.session.access_token !== refused) return
  await auth.signOut({ scope: 'local' }).catch(() => undefined)
  forgetSession()
}

/** Forgets the session in this browser, whatever the sign-in service says. */
export function forgetSession(): void {
  keptLocal.removeItem(storageKey)
  fresh = null
  apply(null)
}
