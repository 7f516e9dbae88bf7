import type { Context, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { roleOfKey } from '#supabase/local/caller.ts'
import type { LocalContext } from '#supabase/local/context.ts'
import { AuthError } from './errors.ts'
import { readBody } from './input.ts'

/** A service that speaks Cloudflare Turnstile's siteverify. */
export type CaptchaSettings = { verifyUrl: string; secret: string }

/** Milliseconds until the service counts as silent: upstream's 10 s. */
const patience = 10_000

/** Doors that open to a stranger; refreshing and exchanging a code already hold a proof. */
const guarded = /\/(?:signup|otp|recover|resend|token)$/

const body = z.object({
  gotrue_meta_security: z.object({ captcha_token: z.string().max(4_096).optional() }).optional(),
})
const verdict = z.object({ success: z.boolean(), 'error-codes': z.array(z.string()).default([]) })

/** Lets a stranger's request pass only with a captcha token that the service believes, as upstream does. */
export function requireCaptcha(ctx: LocalContext, settings: CaptchaSettings): MiddlewareHandler {
  return async (c, next) => {
    if (!isGuarded(ctx, c)) return next()
    const token = (await readBody(c, body)).gotrue_meta_security?.captcha_token ?? ''
    if (token === '') throw refused('no captcha_token found')
    const problems = await ask(settings, token)
    if (problems !== null) throw refused(problems.join(', '))
    return next()
  }
}

function isGuarded(ctx: LocalContext, c: Context): boolean {
  if (c.req.method !== 'POST' || !guarded.test(c.req.path) || c.req.path.includes('/admin/')) return false
  if (c.req.path.endsWith('/token') && c.req.query('grant_type') !== 'password') return false
  return roleOfKey(ctx.keys, c.req.header('apikey') ?? '') !== 'service_role'
}

/** Null when the token is good, else the service's reasons. A silent service lets nobody in. */
async function ask({ verifyUrl, secret }: CaptchaSettings, token: string): Promise<string[] | null> {
  try {
    const answer = await fetch(verifyUrl, {
      method: 'POST',
      body: new URLSearchParams({ secret, response: token }),
      signal: AbortSignal.timeout(patience),
    })
    const { success, 'error-codes': reasons } = verdict.parse(await answer.json())
    return success ? null : reasons
  } catch {
    throw new AuthError(500, 'unexpected_failure', 'captcha verification process failed')
  }
}

function refused(why: string): AuthError {
  return new AuthError(400, 'captcha_failed', `captcha protection: request disallowed (${why})`)
}
