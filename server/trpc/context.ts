import type { Logger } from 'pino'
import type { Deps } from '#server/deps.ts'
import { ForgeError } from '#shared/errors.ts'

export type User = { id: string; anonymous: boolean }

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
  const user = optionalUser(caller)
  if (user === null) throw new ForgeError('UNAUTHENTICATED')
  return user
}

/** Like `requireUser`, but a request without a token is a visitor: null. A bad token is never read as no token. */
export function optionalUser(caller: Caller): User | null {
  switch (caller.kind) {
    case 'user':
      return caller.user
    case 'visitor':
      return null
    case 'worker':
      throw new ForgeError('FORBIDDEN')
    case 'invalid':
      throw new ForgeError('UNAUTHENTICATED', { expired: caller.expired })
    case 'unknown':
      throw new ForgeError('UNAVAILABLE')
  }
}

/** The worker instance behind a worker token. User tokens are never accepted here. */
export function requireWorker(caller: Caller): string {
  switch (caller.kind) {
    case 'worker':
      return caller.workerId
    case 'user':
      throw new ForgeError('FORBIDDEN')
    case 'visitor':
      throw new ForgeError('UNAUTHENTICATED')
    case 'invalid':
      throw new ForgeError('UNAUTHENTICATED', { expired: caller.expired })
    case 'unknown':
      throw new ForgeError('UNAVAILABLE')
  }
}
