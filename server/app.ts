import { Hono } from 'hono'
import type { Deps } from './deps.ts'
import { clientRoutes } from './http/client.ts'
import { cronRoutes } from './http/cron.ts'
import { healthRoutes } from './http/health.ts'
import { requestScope } from './http/request-scope.ts'
import { securityHeaders } from './http/security-headers.ts'
import { sharePageRoutes } from './http/share-page.ts'
import { stripeRoutes } from './http/stripe-webhook.ts'
import { trpcRoutes } from './http/trpc.ts'
import type { HttpEnv } from './http/types.ts'

/** The whole server as a fetch handler; listens to nothing. */
export function createApp(deps: Deps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
    .use(requestScope(deps))
    .use(securityHeaders(deps.config))
    .route('/health', healthRoutes(deps))
    .route('/tick', cronRoutes(deps))
    .route('/stripe', stripeRoutes(deps))
    .route('/trpc', trpcRoutes(deps))
    .route('/s', sharePageRoutes(deps))
    .route('/', clientRoutes(deps))
  app.onError((error, c) => {
    c.var.log.error({ err: error }, 'request failed')
    return c.json({ error: 'INTERNAL', request: c.var.requestId }, 500)
  })
  return app
}
