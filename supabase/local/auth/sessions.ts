import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { LocalContext } from '#supabase/local/context.ts'
import { only } from './database.ts'
import { AuthError } from './errors.ts'
import { signToken } from './tokens.ts'
import { findUser, isBanned, userView } from './users.ts'

/** Lifetime of an access token: upstream's default. */
const tokenSeconds = 3600
/** How long a used refresh token may be used again (two tabs, a lost answer): upstream's default. */
const reuseSeconds = 10

/** How the user proved who they are, as named in the `amr` claim. */
export type Method = 'password' | 'anonymous' | 'otp' | 'magiclink' | 'recovery' | 'email_change'

/** Answer of every sign-in: what auth-js stores as the session. */
export type SessionAnswer = {
  access_token: string
  token_type: 'bearer'
  expires_in: number
  expires_at: number
  refresh_token: string
  user: unknown
}

/** Starts a session for a user who has just proved themselves. */
export async function startSession(
  ctx: LocalContext,
  db: pg.PoolClient,
  userId: string,
  method: Method,
): Promise<SessionAnswer> {
  const { rows } = await db.query<{ id: string }>(
    `insert into sessions (id, user_id, created_at, updated_at, aal)
     values (gen_random_uuid(), $1, now(), now(), 'aal1') returning id`,
    [userId],
  )
  const sessionId = only(rows).id
  await db.query(
    `insert into mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
     values (gen_random_uuid(), $1, now(), now(), $2)`,
    [sessionId, method],
  )
  await db.query('update users set last_sign_in_at = now() where id = $1', [userId])
  return answer(ctx, db, { userId, sessionId, refreshToken: await addRefreshToken(db, userId, sessionId, null) })
}

type TokenRow = { id: string; user_id: string; session_id: string; revoked: boolean; age: number }

/**
 * Trades a refresh token for a new session answer. A token that was used before is honoured when it is the parent of
 * the newest one (its answer was lost) or within the reuse window; otherwise it was stolen from one of two holders,
 * and the whole family is revoked. Returns the refusal instead of throwing it, so that the revocation commits.
 */
export async function refreshSession(
  ctx: LocalContext,
  db: pg.PoolClient,
  token: string,
): Promise<SessionAnswer | AuthError> {
  const { rows: owners } = await db.query<{ session_id: string }>(
    'select session_id from refresh_tokens where token = $1 and session_id is not null',
    [token],
  )
  const sessionId = owners[0]?.session_id
  if (sessionId === undefined) return refreshRefused('refresh_token_not_found', 'Refresh Token Not Found')
  // The session row is the lock: refreshes of one family take turns.
  await db.query('select 1 from sessions where id = $1 for update', [sessionId])
  const { rows } = await db.query<TokenRow>(
    `select id, user_id, session_id, revoked, extract(epoch from now() - updated_at)::float8 as age
     from refresh_tokens where token = $1`,
    [token],
  )
  const used = rows[0]
  if (used === undefined) return refreshRefused('refresh_token_not_found', 'Refresh Token Not Found')
  const user = await findUser(db, used.user_id)
  if (user === undefined) return refreshRefused('refresh_token_not_found', 'Refresh Token Not Found')
  if (isBanned(user)) return refreshRefused('user_banned', 'User Banned')

  let refreshToken: string | undefined
  if (used.revoked) {
    const { rows: active } = await db.query<{ token: string; parent: string | null }>(
      'select token, parent from refresh_tokens where session_id = $1 and not revoked order by id desc limit 1',
      [sessionId],
    )
    if (active[0]?.parent === token) refreshToken = active[0].token
    else if (used.age > reuseSeconds) {
      await db.query('update refresh_tokens set revoked = true, updated_at = now() where session_id = $1', [sessionId])
      return refreshRefused('refresh_token_already_used', 'Already Used')
    }
  }
  if (refreshToken === undefined) {
    await db.query('update refresh_tokens set revoked = true, updated_at = now() where id = $1 and not revoked', [
      used.id,
    ])
    refreshToken = await addRefreshToken(db, used.user_id, sessionId, token)
  }
  await db.query('update sessions set refreshed_at = now(), updated_at = now() where id = $1', [sessionId])
  return answer(ctx, db, { userId: used.user_id, sessionId, refreshToken })
}

/** Ends sessions of a user: all of them, only this one, or all but this one. */
export async function endSessions(
  db: pg.PoolClient,
  userId: string,
  scope: 'global' | 'local' | 'others',
  sessionId: string,
): Promise<void> {
  await db.query(
    `delete from sessions
     where user_id = $1 and ($2 = 'global' or (id = $3::uuid) = ($2 = 'local'))`,
    [userId, scope, sessionId],
  )
}

function refreshRefused(code: string, message: string): AuthError {
  return new AuthError(400, code, `Invalid Refresh Token: ${message}`)
}

async function addRefreshToken(
  db: pg.PoolClient,
  userId: string,
  sessionId: string,
  parent: string | null,
): Promise<string> {
  const token = randomBytes(24).toString('base64url')
  await db.query(
    `insert into refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
     values ('00000000-0000-0000-0000-000000000000', $1, $2, false, now(), now(), $3, $4)`,
    [token, userId, parent, sessionId],
  )
  return token
}

async function answer(
  ctx: LocalContext,
  db: pg.PoolClient,
  session: { userId: string; sessionId: string; refreshToken: string },
): Promise<SessionAnswer> {
  const user = await findUser(db, session.userId)
  if (user === undefined) throw new AuthError(404, 'user_not_found', 'User not found')
  const { rows: amr } = await db.query<{ method: string; timestamp: number }>(
    `select authentication_method as method, floor(extract(epoch from updated_at))::int as timestamp
     from mfa_amr_claims where session_id = $1 order by updated_at desc`,
    [session.sessionId],
  )
  const iat = Math.floor(Date.now() / 1000)
  const exp = iat + tokenSeconds
  const token = await signToken(ctx.keys, ctx.url, {
    sub: user.id,
    role: user.role,
    iat,
    exp,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    aal: 'aal1',
    amr,
    session_id: session.sessionId,
    is_anonymous: user.is_anonymous,
  })
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: tokenSeconds,
    expires_at: exp,
    refresh_token: session.refreshToken,
    user: await userView(db, user.id),
  }
}
