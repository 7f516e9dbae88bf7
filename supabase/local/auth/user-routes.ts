import { Hono } from 'hono'
import type pg from 'pg'
import type { z } from 'zod'
import type { LocalContext } from '#supabase/local/context.ts'
import { requireUser } from './caller.ts'
import type { SignedIn } from './caller.ts'
import { asAuthAdmin } from './database.ts'
import { AuthError } from './errors.ts'
import { readBody, updateUserInput } from './input.ts'
import { sendOneTimeMail } from './one-time.ts'
import { checkPassword, hashPassword, passwordMatches } from './passwords.ts'
import { endSessions } from './sessions.ts'
import type { AuthSettings } from './settings.ts'
import { redirectTarget } from './redirect.ts'
import { findUser, findUserByEmail, mergeMetadata, setConfirmedEmail, userView } from './users.ts'

type Changes = z.infer<typeof updateUserInput>

/** `/user` and `/logout`: what a signed-in user does with the own account. */
export function userRoutes(ctx: LocalContext, settings: AuthSettings): Hono {
  const app = new Hono()

  app.get('/user', async (c) => {
    const { user } = await requireUser(ctx, c)
    return c.json(await asAuthAdmin(ctx, (db) => userView(db, user.id)))
  })

  app.put('/user', async (c) => {
    const signedIn = await requireUser(ctx, c)
    const changes = await readBody(c, updateUserInput)
    if (changes.phone !== undefined) throw new AuthError(400, 'phone_provider_disabled', 'Phone logins are disabled')
    if (changes.app_metadata !== undefined) {
      throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges')
    }
    const redirectTo = redirectTarget(settings.siteUrl, c.req.query('redirect_to'))
    return c.json(await asAuthAdmin(ctx, (db) => updateUser(ctx, db, { signedIn, changes, redirectTo })))
  })

  app.post('/logout', async (c) => {
    const { user, sessionId } = await requireUser(ctx, c)
    const scope = c.req.query('scope') ?? 'global'
    if (scope !== 'global' && scope !== 'local' && scope !== 'others') {
      throw new AuthError(400, 'validation_failed', `Unsupported logout scope "${scope}"`)
    }
    await asAuthAdmin(ctx, (db) => endSessions(db, user.id, scope, sessionId))
    return c.body(null, 204)
  })

  return app
}

async function updateUser(
  ctx: LocalContext,
  db: pg.PoolClient,
  request: { signedIn: SignedIn; changes: Changes; redirectTo: string },
) {
  const { changes, signedIn } = request
  const user = await findUser(db, signedIn.user.id, true)
  if (user === undefined) throw new AuthError(404, 'user_not_found', 'User not found')
  const newEmail = changes.email === user.email ? undefined : changes.email
  if (user.is_anonymous && changes.password !== undefined && newEmail === undefined) {
    throw new AuthError(
      422,
      'validation_failed',
      'Updating password of an anonymous user without an email or phone is not allowed',
    )
  }
  if (newEmail !== undefined && (await findUserByEmail(db, newEmail)) !== undefined) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
  }
  if (changes.password !== undefined) {
    checkPassword(changes.password)
    const old = user.encrypted_password
    if (old !== null && old !== '' && (await passwordMatches(db, changes.password, old))) {
      throw new AuthError(422, 'same_password', 'New password should be different from the old password.')
    }
    const hash = await hashPassword(db, changes.password)
    await db.query('update users set encrypted_password = $2, updated_at = now() where id = $1', [user.id, hash])
    await endSessions(db, user.id, 'others', signedIn.sessionId)
  }
  if (changes.data !== undefined) await mergeMetadata(db, user.id, 'raw_user_meta_data', changes.data)
  if (newEmail !== undefined) {
    if (user.is_anonymous && changes.password !== undefined) await setConfirmedEmail(db, user.id, newEmail)
    else await askForEmailChange(ctx, db, { userId: user.id, email: newEmail, redirectTo: request.redirectTo })
  }
  return userView(db, user.id)
}

/**
 * The old address (a guest's is none) stays until the code sent to the new one comes back. A guest who sets a password
 * with it is believed at once, as sign-ups are.
 */
async function askForEmailChange(
  ctx: LocalContext,
  db: pg.PoolClient,
  change: { userId: string; email: string; redirectTo: string },
): Promise<void> {
  await db.query('update users set email_change = $2, email_change_sent_at = now() where id = $1', [
    change.userId,
    change.email,
  ])
  await sendOneTimeMail(ctx, db, { kind: 'email_change', ...change })
}
