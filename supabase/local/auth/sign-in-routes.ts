import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'
import type { Context } from 'hono'
import type { LocalContext } from '#supabase/local/context.ts'
import { asAuthAdmin } from './database.ts'
import { AuthError } from './errors.ts'
import { passwordGrantInput, pkceGrantInput, readBody, refreshGrantInput, signupInput } from './input.ts'
import { useAuthCode } from './one-time.ts'
import { checkPassword, hashPassword, passwordMatches } from './passwords.ts'
import { createRateLimit } from './rate-limit.ts'
import { refreshSession, startSession } from './sessions.ts'
import type { SessionAnswer } from './sessions.ts'
import type { AuthSettings } from './settings.ts'
import { findUserByEmail, insertUser, isBanned } from './users.ts'

/** `/signup` and `/token`: everything that starts or renews a session without a mail. */
export function signInRoutes(ctx: LocalContext, settings: AuthSettings): Hono {
  const app = new Hono()
  const allowAnonymous = createRateLimit(settings.anonymousPerHour)

  app.post('/signup', async (c) => {
    const { email, phone, password, data = {} } = await readBody(c, signupInput)
    if (phone !== undefined) throw new AuthError(400, 'phone_provider_disabled', 'Phone signups are disabled')
    if (email === undefined) {
      if (password !== undefined) throw new AuthError(400, 'validation_failed', 'To signup, please provide your email')
      if (!settings.anonymousSignIns) {
        throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled')
      }
      if (!allowAnonymous(addressOf(c), Date.now())) {
        throw new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached')
      }
      return c.json(await signUpAnonymously(ctx, data))
    }
    if (password === undefined) throw new AuthError(400, 'validation_failed', 'Signup requires a valid password')
    checkPassword(password)
    return c.json(await signUp(ctx, email, password, data))
  })

  app.post('/token', async (c) => {
    const grant = c.req.query('grant_type')
    if (grant === 'password') {
      const { email, password } = await readBody(c, passwordGrantInput)
      return c.json(await signInWithPassword(ctx, email, password))
    }
    if (grant === 'refresh_token') {
      const { refresh_token: token } = await readBody(c, refreshGrantInput)
      return c.json(accept(await asAuthAdmin(ctx, (db) => refreshSession(ctx, db, token))))
    }
    if (grant === 'pkce') {
      const { auth_code: code, code_verifier: verifier } = await readBody(c, pkceGrantInput)
      return c.json(accept(await exchangeCode(ctx, code, verifier)))
    }
    if (grant === 'id_token') throw new AuthError(400, 'provider_disabled', 'The provider is not enabled')
    throw new AuthError(400, 'validation_failed', 'unsupported_grant_type')
  })

  return app
}

/** Address of the client's socket: what a limit counts by. */
export function addressOf(c: Context): string {
  try {
    return getConnInfo(c).remote.address ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

function signUpAnonymously(ctx: LocalContext, data: Record<string, unknown>): Promise<SessionAnswer> {
  return asAuthAdmin(ctx, async (db) => {
    const user = await insertUser(db, { email: null, passwordHash: '', data, confirmed: false, anonymous: true })
    return startSession(ctx, db, user.id, 'anonymous')
  })
}

function signUp(
  ctx: LocalContext,
  email: string,
  password: string,
  data: Record<string, unknown>,
): Promise<SessionAnswer> {
  return asAuthAdmin(ctx, async (db) => {
    if ((await findUserByEmail(db, email)) !== undefined) {
      throw new AuthError(422, 'user_already_exists', 'User already registered')
    }
    const passwordHash = await hashPassword(db, password)
    const user = await insertUser(db, { email, passwordHash, data, confirmed: true })
    return startSession(ctx, db, user.id, 'password')
  })
}

function signInWithPassword(ctx: LocalContext, email: string | undefined, password: string): Promise<SessionAnswer> {
  return asAuthAdmin(ctx, async (db) => {
    const user = email === undefined ? undefined : await findUserByEmail(db, email)
    const matches = await passwordMatches(db, password, user?.encrypted_password ?? null)
    if (user === undefined || !matches) throw new AuthError(400, 'invalid_credentials', 'Invalid login credentials')
    if (isBanned(user)) throw new AuthError(400, 'user_banned', 'User is banned')
    if (user.confirmed_at === null) throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed')
    return startSession(ctx, db, user.id, 'password')
  })
}

function exchangeCode(ctx: LocalContext, code: string, verifier: string): Promise<SessionAnswer | AuthError> {
  return asAuthAdmin(ctx, async (db) => {
    const flow = await useAuthCode(db, code, verifier)
    return flow instanceof AuthError ? flow : startSession(ctx, db, flow.userId, flow.method)
  })
}

/** Throws a refusal only now, when the transaction that recorded it has been committed. */
function accept(result: SessionAnswer | AuthError): SessionAnswer {
  if (result instanceof AuthError) throw result
  return result
}
