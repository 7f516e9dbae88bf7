import type { CheckoutOrder, StripeEvent } from '#server/services/credits/facts.ts'

/**
 * What the server asks of Stripe. Anything that passes by itself is UNAVAILABLE; a refused key is
 * PAYMENTS_UNAVAILABLE. Objects come back as Stripe's JSON, to be read by `facts.ts`.
 */
export type Payments = {
  /** True when the API is a local stand-in: no real money moves. */
  standIn: boolean
  apiVersion: string
  livemode: boolean
  createCustomer: (owner: string, idempotencyKey: string) => Promise<string>
  /** A hosted Checkout session; the same one again for the same order. Null: Stripe no longer has that customer. */
  createCheckout: (order: CheckoutOrder) => Promise<{ id: string; url: string } | null>
  /** Null when Stripe has no such session. */
  session: (id: string) => Promise<unknown>
  /** The payment intent with its refunds and disputes; null when Stripe has none of that id. */
  payment: (intent: string) => Promise<{ intent: unknown; refunds: unknown[]; disputes: unknown[] } | null>
  /** Where Stripe shows the receipt of a payment; null when there is none. */
  receipt: (intent: string) => Promise<string | null>
  portal: (customer: string, returnUrl: string) => Promise<string>
  /** Sessions made since then, seconds since 1970. */
  sessionsSince: (since: number) => AsyncIterable<unknown>
  /** Payment intents that a refund or dispute made since then is about. */
  reversedSince: (since: number) => AsyncIterable<string>
  /** Checks signature and age of a delivery over its exact bytes. Throws INVALID_INPUT {path: 'signature'}. */
  readEvent: (body: string, signature: string, now: number) => Promise<StripeEvent>
}
