import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ZodError } from 'zod'
import type { Deps } from '#server/deps.ts'
import { handleEvent } from '#server/services/credits/handle-event.ts'
import { ForgeError } from '#shared/errors.ts'
import type { HttpEnv } from './types.ts'

/** Stripe's events are some kilobytes; what is longer is not theirs. */
const bodyBytes = 256 * 1024

/**
 * `POST /stripe/webhook`, outside tRPC because the signature covers the exact bytes. 400: not signed by Stripe, or too
 * old. 503: ask again. 200: stored, whatever it meant; a purchase it contradicts opens an alert, since delivering it
 * again would change nothing. Without a Stripe key the route does not exist.
 */
export function stripeRoutes({ payments, database, clock }: Deps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  if (payments === null) return app
  return app.post(
    '/webhook',
    bodyLimit({
      maxSize: bodyBytes, // The rest of the body is never read, so nothing can follow on this connection.
      onError: (c) => c.json({ error: 'INVALID_INPUT' }, 413, { connection: 'close' }),
    }),
    async (c) => {
      const body = await c.req.text()
      try {
        const event = await payments.readEvent(body, c.req.header('stripe-signature') ?? '', clock.now())
        const { duplicate, granted, clawed, problem } = await handleEvent({ database, payments }, event)
        const facts = { event: event.id, type: event.type, duplicate, granted, clawed }
        if (problem === null) c.var.log.info(facts, 'stripe event')
        else c.var.log.error({ ...facts, problem }, 'stripe event contradicts a purchase')
        return c.json({ received: true })
      } catch (error) {
        if (error instanceof ZodError || (error instanceof ForgeError && error.code === 'INVALID_INPUT')) {
          c.var.log.warn({ reason: error instanceof ZodError ? 'shape' : 'signature' }, 'stripe event refused')
          return c.json({ error: 'INVALID_INPUT' }, 400)
        }
        if (!(error instanceof ForgeError)) throw error
        c.var.log.warn({ code: error.code, err: error.cause }, 'stripe event put off')
        return c.json({ error: error.code }, 503)
      }
    },
  )
}
