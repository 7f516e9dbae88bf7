import { Hono } from 'hono'
import type pg from 'pg'
import type { LocalContext } from '#supabase/local/context.ts'
import { asAuthAdmin } from './database.ts'
import { AuthError } from './errors.ts'
import { checkInput, otpInput, readBody, recoverInput, resendInput, verifyInput } from './input.ts'
import { issueAuthCode, sendOneTimeMail, useOneTimeToken } from './one-time.ts'
import type { Proof } from './one-time.ts'
import { createRateLimit } from './rate-limit.ts'
import { redirectTarget } from './redirect.ts'
import { startSession } from './sessions.ts'
import type { SessionAnswer } from './sessions.ts'
import type { AuthSettings } from './settings.ts'
import { addressOf } from './sign-in-routes.ts'
import { findUser, findUserByEmail, insertUser, isBanned, setConfirmedEmail } from './users.ts'

/** `/otp`, `/recover` and `/verify`: everything that goes by mail. */
export function mailRoutes(ctx: LocalContext, settings: AuthSettings): Hono {
  const app = new Hono()
  const allowVerify = createRateLimit(settings.verificationsPerHour)

  app.post('/otp', async (c) => {
    const input = await readBody(c, otpInput)
    const { email } = input
    if (input.phone !== undefined) throw new AuthError(400, 'phone_provider_disabled', 'Unsupported phone provider')
    if (email === undefined) throw new AuthError(400, 'validation_failed', 'One of email or phone must be set')
    const redirectTo = redirectTarget(settings.siteUrl, c.req.query('redirect_to'))
    await asAuthAdmin(ctx, async (db) => {
      const known = await findUserByEmail(db, email)
      if (known === undefined && !input.create_user) {
        throw new AuthError(422, 'otp_disabled', 'Signups not allowed for otp')
      }
      const user =
        known ?? (await insertUser(db, { email, passwordHash: '', data: input.data ?? {}, confirmed: false }))
      await sendOneTimeMail(ctx, db, {
        kind: 'magiclink',
        userId: user.id,
        email,
        redirectTo,
        challenge: challengeOf(input),
      })
      await db.query('update users set recovery_sent_at = now() where id = $1', [user.id])
    })
    return c.json({})
  })

  app.post('/recover', async (c) => {
    const input = await readBody(c, recoverInput)
    const redirectTo = redirectTarget(settings.siteUrl, c.req.query('redirect_to'))
    await asAuthAdmin(ctx, async (db) => {
      const user = await findUserByEmail(db, input.email)
      if (user === undefined) return
      const mail = { kind: 'recovery', userId: user.id, email: input.email, redirectTo } as const
      await sendOneTimeMail(ctx, db, { ...mail, challenge: challengeOf(input) })
      await db.query('update users set recovery_sent_at = now() where id = $1', [user.id])
    })
    return c.json({})
  })

  app.post('/resend', async (c) => {
    const { type, email } = await readBody(c, resendInput)
    const redirectTo = redirectTarget(settings.siteUrl, c.req.query('redirect_to'))
    await asAuthAdmin(ctx, async (db) => {
      const user = await findUserByEmail(db, email)
      // Sign-ups are confirmed at once: only a change of address can wait for a code.
      if (type === 'signup' || user === undefined || user.email_change === null || user.email_change === '') return
      await sendOneTimeMail(ctx, db, { kind: 'email_change', userId: user.id, email: user.email_change, redirectTo })
    })
    return c.json({})
  })

  app.post('/verify', async (c) => {
    if (!allowVerify(addressOf(c), Date.now())) throw tooManyAttempts()
    const { type, email, phone, token, token_hash: tokenHash } = await readBody(c, verifyInput)
    // No code was ever sent to a phone.
    if (phone !== undefined) throw new AuthError(403, 'otp_expired', 'Token has expired or is invalid')
    const session = await asAuthAdmin(ctx, async (db) => {
      return prove(ctx, db, await useOneTimeToken(db, { type, email, token, tokenHash }))
    })
    return c.json(session)
  })

  app.get('/verify', async (c) => {
    const target = redirectTarget(settings.siteUrl, c.req.query('redirect_to'))
    try {
      if (!allowVerify(addressOf(c), Date.now())) throw tooManyAttempts()
      const { type, token } = checkInput(verifyInput, c.req.query())
      return c.redirect(await asAuthAdmin(ctx, (db) => followLink(ctx, db, { type, tokenHash: token, target })), 303)
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      const why = { error: 'access_denied', error_code: error.code, error_description: error.message }
      return c.redirect(withFragment(target, new URLSearchParams(why)), 303)
    }
  })

  return app
}

/** A PKCE flow ends in the browser that began it: the link carries a code only. Others carry the session itself. */
async function followLink(
  ctx: LocalContext,
  db: pg.PoolClient,
  link: { type: string; tokenHash: string | undefined; target: string },
): Promise<string> {
  const proof = await useOneTimeToken(db, link)
  if (proof.pkce) {
    await confirm(db, proof)
    const code = await issueAuthCode(db, proof.userId)
    if (code === undefined) throw new AuthError(400, 'flow_state_not_found', 'No associated flow state found.')
    const url = new URL(link.target)
    url.searchParams.set('code', code)
    return url.href
  }
  const session = await prove(ctx, db, proof)
  const fragment = new URLSearchParams({
    access_token: session.access_token,
    token_type: session.token_type,
    expires_in: String(session.expires_in),
    expires_at: String(session.expires_at),
    refresh_token: session.refresh_token,
    type: link.type,
  })
  return withFragment(link.target, fragment)
}

function withFragment(target: string, fragment: URLSearchParams): string {
  const url = new URL(target)
  url.hash = fragment.toString()
  return url.href
}

async function prove(ctx: LocalContext, db: pg.PoolClient, proof: Proof): Promise<SessionAnswer> {
  await confirm(db, proof)
  return startSession(ctx, db, proof.userId, proof.method)
}

/** The address in the proof now belongs to the user for certain. */
async function confirm(db: pg.PoolClient, proof: Proof): Promise<void> {
  const user = await findUser(db, proof.userId, true)
  if (user === undefined) throw new AuthError(403, 'otp_expired', 'Token has expired or is invalid')
  if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned')
  await setConfirmedEmail(db, user.id, proof.email)
}

function challengeOf(input: {
  code_challenge?: string | undefined
  code_challenge_method?: 's256' | 'plain' | undefined
}): { value: string; method: 's256' | 'plain' } | undefined {
  if (input.code_challenge === undefined) return undefined
  return { value: input.code_challenge, method: input.code_challenge_method ?? 's256' }
}

function tooManyAttempts(): AuthError {
  return new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached')
}
