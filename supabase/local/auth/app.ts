import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { LocalContext } from '#supabase/local/context.ts'
import { adminRoutes } from './admin-routes.ts'
import { requireCaptcha } from './captcha.ts'
import { hasApiKey } from './caller.ts'
import { disabledRoutes } from './disabled-routes.ts'
import { AuthError, authErrorOfPostgres, renderAuthError } from './errors.ts'
import { mailRoutes } from './mail-routes.ts'
import { defaultAuthSettings } from './settings.ts'
import type { AuthSettings } from './settings.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { publicJwk } from './tokens.ts'
import { userRoutes } from './user-routes.ts'

/** Largest body read, in bytes: metadata is the only part that grows. */
const maxBody = 256 * 1024
/** Followed from a mail or read by key caches: these carry no API key. */
const openPaths = /\/(?:verify|\.well-known\/jwks\.json|health)$/

/** The part of Supabase Auth that this project uses, to be mounted at `/auth/v1`. */
export function createAuthApp(ctx: LocalContext, overrides: Partial<AuthSettings> = {}): Hono {
  const settings = { ...defaultAuthSettings(ctx.url), ...overrides }
  const app = new Hono()

  app.use('*', bodyLimit({ maxSize: maxBody, onError: (c) => renderAuthError(c, tooLarge()) }))
  app.use('*', async (c, next) => {
    const isOpen = c.req.method !== 'POST' && openPaths.test(c.req.path)
    if (!isOpen && !hasApiKey(ctx, c)) {
      const hint = 'No `apikey` request header or url param was found.'
      return c.json({ message: 'No API key found in request', hint }, 401)
    }
    return next()
  })

  if (settings.captcha !== null) app.use('*', requireCaptcha(ctx, settings.captcha))

  app.get('/health', (c) => c.json({ name: 'GoTrue', description: 'local stack', version: 'local' }))
  app.get('/.well-known/jwks.json', (c) => {
    c.header('cache-control', 'public, max-age=600')
    return c.json({ keys: [publicJwk(ctx.keys.signingKey)] })
  })
  app.get('/settings', (c) =>
    c.json({
      external: {
        email: true,
        phone: false,
        anonymous_users: settings.anonymousSignIns,
        google: false,
        github: false,
      },
      disable_signup: false,
      mailer_autoconfirm: true,
      phone_autoconfirm: false,
      sms_provider: '',
      saml_enabled: false,
    }),
  )
  app.route('/', signInRoutes(ctx, settings))
  app.route('/', userRoutes(ctx, settings))
  app.route('/', mailRoutes(ctx, settings))
  app.route('/', adminRoutes(ctx))
  app.route('/', disabledRoutes())

  app.onError((error, c) => {
    const known = error instanceof AuthError ? error : authErrorOfPostgres(error)
    // What we did not expect is the gateway's to log and answer.
    if (known === undefined) throw error
    return renderAuthError(c, known)
  })
  return app
}

function tooLarge(): AuthError {
  return new AuthError(413, 'validation_failed', `Request body larger than ${maxBody} bytes`)
}
