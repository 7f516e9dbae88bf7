import { Hono } from 'hono'
import { listen } from '#server/listen.ts'
import { apiRoutes } from './api.ts'
import { dashboard } from './dashboard.ts'
import { type Webhook, deliverLoop } from './deliver.ts'
import { ApiError } from './errors.ts'
import { buyerPages } from './pages.ts'
import { Register } from './register.ts'
import { Store } from './store.ts'

export type StandinOptions = {
  /** 0 takes any free port. Always on loopback. */
  port: number
  secretKey: string
  /** Where events go; null: nowhere, a test delivers them itself. */
  webhook: Webhook | null
  /** Keeps everything over a restart; null: in memory. */
  file: string | null
  settleMs?: number
  onUndelivered?: (event: string, reason: string) => void
}

export type StripeStandin = { url: string; register: Register; stop: () => Promise<void> }

const shutdownMs = 1_000

/** Starts a small stateful Stripe: the API the server uses, the pages a buyer sees, signed and repeated webhooks. */
export async function startStripeStandin(options: StandinOptions): Promise<StripeStandin> {
  const register = new Register(new Store(options.file), options.settleMs ?? 5_000)
  const app = new Hono()
  app.use(async (c, next) => {
    // A name that leads here by DNS could let a web page read it.
    const { hostname } = new URL(c.req.url)
    if (hostname !== '127.0.0.1' && hostname !== 'localhost') return c.text('loopback only', 403)
    return next()
  })
  app.get('/favicon.ico', (c) => c.body(null, 204))
  app.get('/health', (c) => c.json({ ready: true, realMoney: false }))
  app.route('/v1', apiRoutes(register, options.secretKey))
  app.route('/', buyerPages(register))
  app.route('/', dashboard(register))
  app.onError((error, c) => {
    if (error instanceof ApiError) return c.json(error.body, error.status)
    return c.json({ error: { type: 'api_error', message: 'The stand-in failed' } }, 500)
  })
  const listening = await listen(app.fetch, '127.0.0.1', options.port)
  const stopping = new AbortController()
  const delivering = options.webhook
    ? deliverLoop(
        {
          store: register.store,
          webhook: options.webhook,
          onUndelivered: options.onUndelivered ?? (() => undefined),
          settle: () => register.settleDue(listening.url),
        },
        stopping.signal,
      )
    : Promise.resolve()
  return {
    url: listening.url,
    register,
    async stop() {
      stopping.abort()
      await Promise.all([listening.close(shutdownMs), delivering])
      register.store.save()
    },
  }
}
