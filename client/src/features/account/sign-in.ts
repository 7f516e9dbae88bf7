import type { AuthError } from '@supabase/auth-js'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { createStore } from '#client/lib/store.ts'
import { apply, loadAuth, sessionStore } from './session.ts'

/** Why a sign-in did not work, in the words of the sheet. */
export type AuthProblem = 'wrong' | 'taken' | 'weak' | 'bad-email' | 'too-many' | 'unreachable'

export type AuthOutcome =
  | { kind: 'created' }
  | { kind: 'check-mail' }
  | { kind: 'signed-in' }
  | { kind: 'moved'; jobs: number }
  | { kind: 'move-later' }
  | { kind: 'problem'; problem: AuthProblem }

type Credentials = { email: string; password: string }

// The guest's token, kept until its images are in the account it was given up for.
const mergeKey = 'forge-merge'

/**
 * True from the moment a guest's account is given up until whoever asked has read everything again as the new user: an
 * image that cannot be found in between is not lost. `signIn` sets it; its caller clears it.
 */
export const movingStore = createStore(false)

const problems: Partial<Record<string, AuthProblem>> = {
  invalid_credentials: 'wrong',
  user_already_exists: 'taken',
  email_exists: 'taken',
  weak_password: 'weak',
  email_address_invalid: 'bad-email',
  validation_failed: 'bad-email',
  over_request_rate_limit: 'too-many',
  over_email_send_rate_limit: 'too-many',
}

/** Maps GoTrue's error codes to ours; what has no code never reached it. */
export function authProblem(error: Pick<AuthError, 'code' | 'status'>): AuthProblem {
  const known = problems[error.code ?? '']
  if (known) return known
  if (error.status === 429) return 'too-many'
  return error.status === 400 || error.status === 422 ? 'wrong' : 'unreachable'
}

function problem(error: AuthError): AuthOutcome {
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
  const { data, error } = await auth.signInAnonymously()
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
  const { data, error } = await auth.signUp({ email, password })
  if (error) return problem(error)
  return { kind: data.session ? 'created' : 'check-mail' }
}

/** Signs in to an account that exists; what a guest made here moves into it. */
export async function signIn({ email, password }: Credentials): Promise<AuthOutcome> {
  const auth = await loadAuth()
  const guest = sessionStore.get().status === 'guest' ? (await auth.getSession()).data.session : null
  movingStore.set(guest !== null)
  const { error } = await auth.signInWithPassword({ email, password })
  if (error) {
    movingStore.set(false)
    return problem(error)
  }
  if (!guest) return { kind: 'signed-in' }
  localStorage.setItem(mergeKey, guest.access_token)
  return await finishMerge()
}

/** Moves the images of a guest left behind, if any; safe to repeat. */
export async function finishMerge(): Promise<AuthOutcome> {
  const from = localStorage.getItem(mergeKey)
  if (from === null) return { kind: 'signed-in' }
  try {
    const { jobs } = await api.account.merge.mutate({ from })
    localStorage.removeItem(mergeKey)
    return { kind: 'moved', jobs }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal.kind === 'refused' && refusal.code !== 'UNAVAILABLE' && refusal.code !== 'INTERNAL') {
      localStorage.removeItem(mergeKey)
      return { kind: 'signed-in' }
    }
    return { kind: 'move-later' }
  }
}

/** Signs this browser out; other devices stay. */
export async function signOut(): Promise<void> {
  const auth = await loadAuth()
  await auth.signOut({ scope: 'local' })
}
