import { Hono } from 'hono'
import { AuthError } from './errors.ts'

/** Doors of Auth that stay shut here, answered as a hosted project answers when they are switched off. */
export function disabledRoutes(): Hono {
  const app = new Hono()
  app.get('/authorize', () => {
    throw new AuthError(400, 'validation_failed', 'Unsupported provider: provider is not enabled')
  })
  app.post('/sso', () => {
    throw new AuthError(404, 'saml_provider_disabled', 'SAML 2.0 is disabled')
  })
  app.on(['GET', 'DELETE'], '/user/identities/:id', () => {
    throw new AuthError(404, 'manual_linking_disabled', 'Manual linking is disabled')
  })
  app.all('*', () => {
    throw new AuthError(404, 'validation_failed', 'Not part of the local stack')
  })
  return app
}
