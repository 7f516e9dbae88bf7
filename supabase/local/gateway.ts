import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Logger } from 'pino'

import { ApiError, answerError } from './http.ts'

/** The services behind the gateway, by the path that hosted projects serve them at. */
export type Services = Readonly<Record<'/rest/v1' | '/auth/v1' | '/storage/v1' | '/realtime/v1', Hono>>

type GatewayParts = {
  /** Decides what `GET /health` answers. */
  isHealthy: () => Promise<boolean>
  /** The page of local mails. */
  inbox: Hono
  log: Logger
}

/** Seconds a browser may remember a preflight; Chromium caps it there. */
const preflightSeconds = 7200

const exposedHeaders = [
  'content-range',
  'range-unit',
  'preference-applied',
  'location',
  'content-length',
  'content-disposition',
  'accept-ranges',
  'etag',
  'link',
  'x-total-count',
  'x-supabase-api-version',
]

/**
 * One origin for the whole stack: refuses names that are not this machine's, answers CORS, and mounts the services.
 */
export function createGateway(services: Services, { isHealthy, inbox, log }: GatewayParts): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    if (isLoopbackHost(c.req.header('host'))) return next()
    return c.json({ message: 'This server answers to loopback names only' }, 403)
  })
  // Before CORS: no other origin may read it.
  app.route('/inbox', inbox)
  app.use(
    cors({
      // Any origin, no credentials: as on hosted projects, the key and the token are what counts.
      origin: '*',
      allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      exposeHeaders: exposedHeaders,
      maxAge: preflightSeconds,
    }),
  )
  app.get('/health', async (c) => {
    const healthy = await isHealthy()
    return c.json({ status: healthy ? 'ok' : 'database unreachable' }, healthy ? 200 : 503)
  })
  for (const [path, service] of Object.entries(services)) app.route(path, service)
  app.notFound((c) => c.json({ message: 'no Route matched with those values' }, 404))
  app.onError((error, c) => {
    if (error instanceof ApiError) return answerError(c, error)
    log.error({ err: error, path: c.req.path }, 'a request failed')
    return answerError(c, new ApiError(500, { code: 'XX000', message: 'Internal error, see the log of the stack' }))
  })
  return app
}

/**
 * True for a Host header that names this machine. A page elsewhere can point its own name at 127.0.0.1 and then
 * counts as same-origin; what it cannot do is send one of these names.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d{1,5})?$/.exec(host ?? '')?.[1]?.toLowerCase()
  return name === '127.0.0.1' || name === 'localhost' || name === '[::1]'
}
