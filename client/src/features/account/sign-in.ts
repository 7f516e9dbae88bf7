import type { AuthError } from '@supabase/auth-js'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { captchaOption } from './captcha.ts'
import { dropGuest, guestLeft, guestToken, keepGuest } from './guest-left.ts'
import { movingStore } from './moving.ts'
import { authProblem } from './problems.ts'
import type { AuthProblem } from './problems.ts'
import { apply, forgetSession, loadAuth, sessionStore } from './session.ts'

export type AuthOutcome =
  | { kind: 'created' }
  | { kind: 'check-mail' }
  | { kind: 'signed-in' }
  | { kind: 'moved'; jobs: number }
  | { kind: 'move-later' }
  | { kind: 'problem'; problem: AuthProblem }

type Credentials = { email: string; password: string }

export function problem(error: Pick<AuthError, 'code' | 'status'>): { kind: 'problem'; problem: AuthProblem } {
  return { kind: 'problem', problem: authProblem(error) }
}

type Ensured = { userId: string } | { problem: AuthProblem }

/** Opens a guest account; a session that exists is kept. Resolves to the user id, or to why there is none. */
export async function ensureUser(): Promise<Ensured> {
  // Two tabs pressed at once would open two guests, and only one of them stays in this browser. Absent without TLS.
  const locks: LockManager | undefined = navigator.locks
  return locks ? await locks.request('forge-guest', findOrOpen) : await findOrOpen()
}

async function findOrOpen(): Promise<Ensured> {
  const auth = await loadAuth()
  const held = await auth.getSession()
  if (held.data.session) {
    // Another tab may have opened it a moment ago, and this page not have heard.
    apply(held.data.session)
    return { userId: held.data.session.user.id }
  }
  const options = await captchaOption().catch(() => null)
  if (options === null) return { problem: 'captcha' }
  const { data, error } = await auth.signInAnonymously({ options })
  if (error) return { problem: authProblem(error) }
  return data.user ? { userId: data.user.id } : { problem: 'unreachable' }
}

/** Creates an account. A guest becomes it in place, with the same id, so that nothing has to move. */
export async function signUp({ email, password }: Credentials): Promise<AuthOutcome> {
  const auth = await loadAuth()
  if (sessionStore.get().status === 'guest') {
    const { data, error } = await auth.updateUser({ email, password })
    if (error) return problem(error)
    // The old token still says guest.
    await auth.refreshSession()
    return { kind: data.user.email === email ? 'created' : 'check-mail' }
  }
  const { data, error } = await auth.signUp({ email, password, options: await captchaOption() })
  if (error) return problem(error)
  return { kind: data.session ? 'created' : 'check-mail' }
}

/**
 * Becomes somebody who may have an account already, by `enter`. What a guest made here moves into it, unless it was the
 * guest who became permanent.
 */
export async function enterAccount(enter: () => Promise<{ error: AuthError | null }>): Promise<AuthOutcome> {
  const auth = await loadAuth()
  const guest = sessionStore.get().status === 'guest' ? (await auth.getSession()).data.session : null
  movingStore.set(guest !== null)
  const { error } = await enter()
  if (error) {
    movingStore.set(false)
    return problem(error)
  }
  if (!guest) return { kind: 'signed-in' }
  const now = (await auth.getSession()).data.session
  if (now?.user.id === guest.user.id) return { kind: 'created' }
  keepGuest(guest)
  return await finishMerge()
}

/** Signs in to an account that exists. */
export async function signIn({ email, password }: Credentials): Promise<AuthOutcome> {
  const options = await captchaOption()
  const auth = await loadAuth()
  return await enterAccount(() => auth.signInWithPassword({ email, password, options }))
}

/** Moves the images of a guest left behind, if any; safe to repeat. `move-later`: something of it is still in work. */
export async function finishMerge(): Promise<AuthOutcome> {
  const left = guestLeft()
  const session = sessionStore.get()
  if (left === null || session.status === 'unknown') return { kind: 'signed-in' }
  if ('userId' in session && session.userId === left.userId) {
    dropGuest()
    return { kind: 'signed-in' }
  }
  if (session.status !== 'member') return { kind: 'signed-in' }
  try {
    const from = await guestToken(left)
    const { jobs } = from === null ? { jobs: 0 } : await api.account.merge.mutate({ from })
    dropGuest()
    return from === null ? { kind: 'signed-in' } : { kind: 'moved', jobs }
  } catch (error) {
    const refusal = refusalOf(error)
    // Nothing else will change by waiting.
    const final = refusal.kind === 'refused' && (refusal.code === 'FORBIDDEN' || refusal.code === 'INVALID_INPUT')
    if (!final) return { kind: 'move-later' }
    dropGuest()
    return { kind: 'signed-in' }
  }
}

/** Signs this browser out, even when the sign-in service cannot be told; other devices stay. */
export async function signOut(): Promise<void> {
  const auth = await loadAuth()
  const told = await auth.signOut({ scope: 'local' }).catch(() => ({ error: true }))
  if (told.error) forgetSession()
}

/** Ends every session of this account. False when the sign-in service could not be told: then nothing has changed. */
export async function signOutEverywhere(): Promise<boolean> {
  const auth = await loadAuth()
  const { error } = await auth.signOut({ scope: 'global' }).catch(() => ({ error: true }))
  return error === null
}
