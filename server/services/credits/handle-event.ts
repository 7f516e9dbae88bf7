import { z } from 'zod'
import type { EventReply } from '#server/adapters/database/money.ts'
import type { Database } from '#server/adapters/database/port.ts'
import type { Payments } from '#server/adapters/payments.ts'
import { type Reading, type StripeEvent, paymentFact, sessionFact, storedPayload } from './facts.ts'

/** How a session event is read; any other type of `checkout.session.` is stored and ignored. */
const sessionEvents: Readonly<Record<string, { failed: boolean }>> = {
  'checkout.session.completed': { failed: false },
  'checkout.session.async_payment_succeeded': { failed: false },
  'checkout.session.async_payment_failed': { failed: true },
  'checkout.session.expired': { failed: false },
}
const reversalEvents =
  /^(charge\.refunded|charge\.refund\.updated|refund\.(created|updated|failed)|charge\.dispute\.\w+)$/

const aboutSession = z.object({ id: z.string() })
const aboutPayment = z.object({ payment_intent: z.string().nullish() })

/**
 * Stores a verified event and moves its money, both in one transaction. Throws UNAVAILABLE when Stripe or the database
 * cannot be asked: nothing is stored then, and Stripe delivers again.
 */
export async function handleEvent(
  { database, payments }: { database: Database; payments: Payments },
  event: StripeEvent,
): Promise<EventReply> {
  const { fact, problem } = await read(payments, event)
  const { id, type, apiVersion } = event
  return database.handleStripeEvent({ id, type, apiVersion, payload: storedPayload(event.object), fact, problem })
}

async function read(payments: Payments, event: StripeEvent): Promise<Reading> {
  const session = sessionEvents[event.type]
  if (session === undefined && !reversalEvents.test(event.type)) return { fact: null, problem: null }
  if (event.livemode !== payments.livemode) return { fact: null, problem: 'livemode' }
  if (session === undefined) return readPayment(payments, event.object)
  if (event.apiVersion === payments.apiVersion) return sessionFact(event.object, session)
  // In another version's shape the fields may mean other things: what Stripe says in ours decides, and it is told of.
  const { fact } = await readSessionAgain(payments, event.object)
  return { fact, problem: `API version ${event.apiVersion ?? 'none'}` }
}

async function readSessionAgain(payments: Payments, object: unknown): Promise<Reading> {
  const about = aboutSession.safeParse(object)
  const current = about.success ? await payments.session(about.data.id) : null
  return current === null ? { fact: null, problem: 'unknown session' } : sessionFact(current)
}

/**
 * Refunds and disputes are read from Stripe, not from the event: it shows one moment of one of them, and what is due
 * back is the sum of all.
 */
async function readPayment(payments: Payments, object: unknown): Promise<Reading> {
  const about = aboutPayment.safeParse(object)
  if (!about.success) return { fact: null, problem: 'unreadable payment' }
  const intent = about.data.payment_intent ?? null
  if (intent === null) return { fact: null, problem: null }
  const payment = await payments.payment(intent)
  return payment === null ? { fact: null, problem: 'unknown payment' } : paymentFact(payment)
}
