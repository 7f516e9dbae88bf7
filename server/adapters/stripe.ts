import { Stripe } from 'stripe'
import { type CheckoutOrder, readStripeEvent } from '#server/services/credits/facts.ts'
import { ForgeError } from '#shared/errors.ts'
import type { Payments } from './payments.ts'

/** Pinned beside the library: an upgrade that moves it must be read before it compiles. */
const apiVersion = '2026-10-28.endive' satisfies typeof Stripe.API_VERSION

/** Seconds a delivery may be old; Stripe's own default. */
const toleranceS = 300
const timeoutMs = 10_000
/** Refunds or disputes read of one payment; more than anybody makes. */
const reversalsKept = 1_000

export type StripeSettings = {
  secretKey: string
  /** More than one while a secret is being changed. */
  webhookSecrets: readonly string[]
  /** Another API than Stripe's: a stand-in on loopback. */
  apiBase: string | null
}

/** Stripe through its own library. Opens no connection by itself. */
export function createPayments({ secretKey, webhookSecrets, apiBase }: StripeSettings): Payments {
  const stripe = new Stripe(secretKey, {
    apiVersion,
    timeout: timeoutMs,
    maxNetworkRetries: 1,
    telemetry: false,
    appInfo: { name: 'The Forge' },
    ...(apiBase === null ? {} : whereOf(new URL(apiBase))),
  })
  return {
    standIn: apiBase !== null,
    apiVersion,
    livemode: /^[rs]k_live_/.test(secretKey),
    createCustomer: async (owner, idempotencyKey) =>
      (await answered(stripe.customers.create({ metadata: { owner } }, { idempotencyKey }))).id,
    createCheckout: (order) => createCheckout(stripe, order),
    session: (id) => found(stripe.checkout.sessions.retrieve(id)),
    payment: (intent) => readPayment(stripe, intent),
    async receipt(intent) {
      const paid = await found(stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge'] }))
      const charge = paid?.latest_charge
      return typeof charge === 'object' ? (charge?.receipt_url ?? null) : null
    },
    portal: async (customer, returnUrl) =>
      (await answered(stripe.billingPortal.sessions.create({ customer, return_url: returnUrl }))).url,
    sessionsSince: (since) => stripe.checkout.sessions.list({ created: { gte: since }, limit: 100 }),
    reversedSince: (since) => reversedSince(stripe, since),
    async readEvent(body, signature, now) {
      for (const secret of webhookSecrets) {
        try {
          const event = await stripe.webhooks.constructEventAsync(body, signature, secret, toleranceS, undefined, now)
          return readStripeEvent(event)
        } catch (error) {
          if (!(error instanceof Stripe.errors.StripeSignatureVerificationError || error instanceof SyntaxError))
            throw error
        }
      }
      throw new ForgeError('INVALID_INPUT', { path: 'signature' })
    },
  }
}

function whereOf(base: URL): { host: string; port: string; protocol: 'http' | 'https' } {
  const secure = base.protocol === 'https:'
  return { host: base.hostname, port: base.port || (secure ? '443' : '80'), protocol: secure ? 'https' : 'http' }
}

async function createCheckout(stripe: Stripe, order: CheckoutOrder): Promise<{ id: string; url: string } | null> {
  const metadata = { purchase_id: order.purchase, pack_id: order.pack }
  const params: Stripe.Checkout.SessionCreateParams = {
    mode: 'payment',
    customer: order.customer,
    client_reference_id: order.purchase,
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: order.currency,
          unit_amount: order.amountCents,
          product_data: { name: order.title },
        },
      },
    ],
    metadata,
    // Stripe copies an intent's metadata to nothing but itself, and refunds know only the intent.
    payment_intent_data: { metadata, description: order.title },
    // The amount that is checked on the way back must be the one that was asked for.
    adaptive_pricing: { enabled: false },
    // Without invoices the billing portal has nothing to show of single payments.
    invoice_creation: { enabled: true },
    success_url: order.successUrl,
    cancel_url: order.cancelUrl,
  }
  try {
    const idempotencyKey = `checkout:${order.purchase}:${order.customer}`
    const session = await answered(stripe.checkout.sessions.create(params, { idempotencyKey }))
    if (session.url === null) throw new Error('stripe: a hosted session came without its address')
    return { id: session.id, url: session.url }
  } catch (error) {
    const { cause } = error instanceof Error ? error : {}
    if (cause instanceof Stripe.errors.StripeError && isMissing(cause) && cause.param === 'customer') return null
    throw error
  }
}

async function readPayment(stripe: Stripe, intent: string): ReturnType<Payments['payment']> {
  const held = await found(stripe.paymentIntents.retrieve(intent))
  if (held === null) return null
  const query = { payment_intent: intent, limit: 100 }
  const [refunds, disputes] = await answered(
    Promise.all([
      stripe.refunds.list(query).autoPagingToArray({ limit: reversalsKept }),
      stripe.disputes.list(query).autoPagingToArray({ limit: reversalsKept }),
    ]),
  )
  return { intent: held, refunds, disputes }
}

async function* reversedSince(stripe: Stripe, since: number): AsyncIterable<string> {
  const query = { created: { gte: since }, limit: 100 }
  for (const list of [stripe.refunds.list(query), stripe.disputes.list(query)]) {
    for await (const { payment_intent: intent } of list) {
      if (intent !== null) yield typeof intent === 'string' ? intent : intent.id
    }
  }
}

async function found<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && isMissing(error)) return null
    throw toRefusal(error)
  }
}

async function answered<T>(request: Promise<T>): Promise<T> {
  try {
    return await request
  } catch (error) {
    throw toRefusal(error)
  }
}

function isMissing(error: Stripe.errors.StripeError): boolean {
  return error.code === 'resource_missing'
}

/** Connection, rate limit, their own faults and a request still in flight pass; a key does not mend itself. */
function toRefusal(error: unknown): Error {
  const { errors } = Stripe
  if (error instanceof errors.StripeAuthenticationError || error instanceof errors.StripePermissionError) {
    return new ForgeError('PAYMENTS_UNAVAILABLE', {}, { cause: error })
  }
  const passing =
    error instanceof errors.StripeConnectionError ||
    error instanceof errors.StripeRateLimitError ||
    error instanceof errors.StripeAPIError ||
    error instanceof errors.StripeIdempotencyError
  if (passing) return new ForgeError('UNAVAILABLE', {}, { cause: error })
  return new Error('stripe: refused', { cause: error })
}
