import type { Logger } from 'pino'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'

/** `operator`: the token says so by `app_metadata.role`, which only the server can write. */
export type User = { id: string; anonymous: boolean; operator?: boolean }

/**
 * Who sent the request, judged from its Bearer token alone. `invalid`: a token was sent that proves nothing;
 * `unknown`: the keys to judge it with could not be fetched.
 */
export type Caller =
  | { kind: 'visitor' }
  | { kind: 'user'; user: User }
  | { kind: 'worker'; workerId: string }
  | { kind: 'invalid'; expired: boolean }
  | { kind: 'unknown' }

/** What every procedure gets. `address` is the trusted client address, null when there is none. */
export type Context = {
  deps: Deps
  caller: Caller
  requestId: string
  address: string | null
  log: Logger
}

export type UserContext = Context & { user: User }
/** `user` is null for a visitor without an account. */
export type VisitorContext = Context & { user: User | null }
export type WorkerContext = Context & { workerId: string }

/** The signed-in caller, anonymous ones included. Throws UNAUTHENTICATED, FORBIDDEN or UNAVAILABLE. */
export function requireUser(caller: Caller): User {
  if (caller.kind === 'user') return caller.user
  throw refusalOf(caller)
}

/** Like `requireUser`, but a request without a token is a visitor: null. A bad token is never read as no token. */
export function optionalUser(caller: Caller): User | null {
  return caller.kind === 'visitor' ? null : requireUser(caller)
}

/** The worker instance behind a worker token. User tokens are never accepted here. */
export function requireWorker(caller: Caller): string {
  if (caller.kind === 'worker') return caller.workerId
  throw refusalOf(caller)
}

/** Why this caller is not who it would have to be. */
function refusalOf(caller: Caller): ForgeError {
  if (caller.kind === 'invalid') return new ForgeError('UNAUTHENTICATED', { expired: caller.expired })
  if (caller.kind === 'visitor') return new ForgeError('UNAUTHENTICATED')
  return new ForgeError(caller.kind === 'unknown' ? 'UNAVAILABLE' : 'FORBIDDEN')
}
