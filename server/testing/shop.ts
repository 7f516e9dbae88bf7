import { randomUUID } from 'node:crypto'
import { sign } from '#server/standin/stripe/deliver.ts'
import { startStripeStandin } from '#server/standin/stripe/standin.ts'
import type { StripeObject } from '#server/standin/stripe/store.ts'
import { type Person, startLiveServer } from './live-server.ts'

export const shopKeys = { secretKey: 'sk_test_of_the_tests', webhookSecret: 'whsec_of_the_tests' } as const

type Delivery = { secret?: string; at?: number; body?: string; signature?: string }

/**
 * The real server beside a Stripe stand-in that delivers nothing by itself: a test picks events and hands them over in
 * any order, as often as it likes, signed well or badly.
 */
export async function startShop() {
  const stripe = await startStripeStandin({ port: 0, secretKey: shopKeys.secretKey, webhook: null, file: null })
  const server = await startLiveServer({
    STRIPE_SECRET_KEY: shopKeys.secretKey,
    STRIPE_WEBHOOK_SECRET: `whsec_the_next_one,${shopKeys.webhookSecret}`,
    STRIPE_API_BASE: stripe.url,
    PUBLIC_URL: 'http://forge.test',
  })
  await server.db.pool.query(
    `insert into credit_packs (id, title, credits, amount_cents, position)
     values ('spark', 'Spark', 50, 500, 1), ('ember', 'Ember', 120, 1000, 2)`,
  )
  const { register } = stripe
  const { store } = register

  return {
    server,
    stripe,
    register,
    /** Begins a purchase as `person`; answers it with its session. */
    async begin(person: Person, pack = 'spark') {
      const { purchaseId, url } = await person.api.credits.checkout.mutate({ requestId: randomUUID(), pack })
      return { id: purchaseId, url, session: url.split('/').at(-1) ?? '' }
    },
    pay: (session: string, how: 'card' | 'delayed' | 'delayed-fails' = 'card') =>
      register.pay(session, how, stripe.url),
    /** Delayed methods come to their end now. */
    settle: () => register.settleDue(stripe.url, Date.now() + 3_600_000),
    charge(session: string): StripeObject {
      const intent = store.get('checkout.session', session)?.['payment_intent']
      const charge = typeof intent === 'string' ? register.chargeOf(intent) : null
      if (charge === null) throw new Error('nothing was paid')
      return charge
    },
    /** Newest first. */
    events: (type: string) => store.list('event', (event) => event['type'] === type),
    /** Events of the types about one object, oldest first. */
    eventsOf: (id: string) => store.list('event', (event) => JSON.stringify(event['data']).includes(id)).toReversed(),
    /** Answers the status. */
    async deliver(event: StripeObject, { secret = shopKeys.webhookSecret, at, ...forged }: Delivery = {}) {
      const { body, signature } = { ...sign(event, secret, at), ...forged }
      const headers = { 'content-type': 'application/json', 'stripe-signature': signature }
      return (await fetch(`${server.url}/stripe/webhook`, { method: 'POST', headers, body })).status
    },
    async balance(person: Person): Promise<number> {
      return (await person.api.credits.balance.query()).balance
    },
    async openAlerts(): Promise<unknown[]> {
      const { rows } = await server.db.pool.query(`select detail from alerts where closed_at is null order by id`)
      return rows.map(({ detail }) => detail.problem)
    },
    async [Symbol.asyncDispose]() {
      await stripe.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

export type Shop = Awaited<ReturnType<typeof startShop>>

/** The event with other facts inside, under an id of its own: what only a forger or a mistake would send. */
export function twist(event: StripeObject, changes: Record<string, unknown>, envelope: Record<string, unknown> = {}) {
  const { object } = event['data'] as { object: Record<string, unknown> }
  return { ...event, id: `evt_${randomUUID()}`, ...envelope, data: { object: { ...object, ...changes } } }
}
