import type { Context } from 'hono'
import { bearerOf, roleOfKey } from '#supabase/local/caller.ts'
import type { LocalContext } from '#supabase/local/context.ts'
import { asAuthAdmin } from './database.ts'
import { AuthError } from './errors.ts'
import { TokenError, verifyToken } from './tokens.ts'
import type { TokenClaims } from './tokens.ts'
import { findUser, isBanned } from './users.ts'
import type { UserRow } from './users.ts'

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Who signed the request, and the session that the token belongs to. */
export type SignedIn = { user: UserRow; claims: TokenClaims; sessionId: string }

/** True when the request carries one of the project's keys, which the gateway of a hosted project asks of all. */
export function hasApiKey(ctx: LocalContext, c: Context): boolean {
  const key = c.req.header('apikey') ?? c.req.query('apikey') ?? bearerOf(c.req.raw.headers)
  return typeof key === 'string' && roleOfKey(ctx.keys, key) !== null
}

/** Lets only the secret key, or a token with the role `service_role`, pass. Throws `AuthError`. */
export async function requireAdmin(ctx: LocalContext, c: Context): Promise<void> {
  const bearer = bearerOf(c.req.raw.headers)
  const byKey = roleOfKey(ctx.keys, c.req.header('apikey') ?? bearer ?? '')
  // A bearer that is no key is a user's token, and then that user asks, whatever the key could do.
  const asksByKey = bearer === null || roleOfKey(ctx.keys, bearer) !== null
  const role = asksByKey ? byKey : (await requireToken(ctx, c)).role
  if (role !== 'service_role') throw new AuthError(403, 'not_admin', 'User not allowed')
}

/** The signed-in user. Deleted users and ended sessions are refused although their token is still valid. */
export async function requireUser(ctx: LocalContext, c: Context): Promise<SignedIn> {
  const claims = await requireToken(ctx, c)
  const { sub, session_id: sessionId } = claims
  if (sub === undefined) throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim')
  if (!uuidPattern.test(sub)) throw new AuthError(403, 'bad_jwt', 'invalid claim: sub claim must be a UUID')
  const user = await asAuthAdmin(ctx, async (db) => {
    const found = await findUser(db, sub)
    if (found === undefined) return undefined
    if (typeof sessionId !== 'string' || !uuidPattern.test(sessionId)) throw sessionNotFound()
    const session = await db.query('select 1 from sessions where id = $1 and user_id = $2', [sessionId, sub])
    if (session.rowCount === 0) throw sessionNotFound()
    return found
  })
  if (user === undefined || typeof sessionId !== 'string') {
    throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
  }
  if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned')
  return { user, claims, sessionId }
}

async function requireToken(ctx: LocalContext, c: Context): Promise<TokenClaims> {
  const token = bearerOf(c.req.raw.headers)
  if (token === null) {
    throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token')
  }
  try {
    return await verifyToken(ctx.keys, ctx.url, token)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const why = error.reason === 'expired' ? 'token is expired' : 'token is invalid'
    throw new AuthError(403, 'bad_jwt', `invalid JWT: unable to parse or verify signature, ${why}`)
  }
}

function sessionNotFound(): AuthError {
  return new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist')
}
