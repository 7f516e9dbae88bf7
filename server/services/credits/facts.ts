import { z } from 'zod'
import type { StripeFact } from '#server/adapters/database/money.ts'
import type { Json } from '#shared/database.types.ts'

/** What a Checkout session is made from. Amounts in hundredths of the currency. */
export type CheckoutOrder = {
  purchase: string
  pack: string
  title: string
  amountCents: number
  currency: string
  customer: string
  successUrl: string
  cancelUrl: string
}

/** A delivery whose signature holds; `object` is what it is about, in the shape of its API version. */
export type StripeEvent = { id: string; type: string; apiVersion: string | null; livemode: boolean; object: unknown }

/** What a reading ends in: a fact about a purchase of ours, nothing of ours, or why it could not be read. */
export type Reading = { fact: StripeFact | null; problem: string | null }

const notOurs: Reading = { fact: null, problem: null }

/** What the database can keep: no NUL and no half of a surrogate pair, which jsonb refuses. */
const text = z.string().refine((value) => value.isWellFormed() && !value.includes('\0'))

const event = z.object({
  id: text.min(1).max(255),
  type: text.min(1).max(255),
  api_version: text.nullish(),
  livemode: z.boolean().default(false),
  data: z.object({ object: z.unknown() }),
})

/** Only the envelope, which is the same in every API version. Throws ZodError for anything else. */
export function readStripeEvent(value: unknown): StripeEvent {
  const { id, type, api_version: apiVersion, livemode, data } = event.parse(value)
  return { id, type, apiVersion: apiVersion ?? null, livemode, object: data.object }
}

const reference = z.union([text, z.object({ id: text }).transform(({ id }) => id)]).nullish()

const sessionObject = z.object({
  id: text,
  object: z.literal('checkout.session'),
  mode: text,
  status: text.nullable(),
  payment_status: text,
  amount_total: z.number().nullable(),
  currency: text.nullable(),
  client_reference_id: text.nullish(),
  metadata: z.record(text, text).nullish(),
  payment_intent: reference,
})

/** A Checkout session as a fact. `failed`: a delayed method did not pay. */
export function sessionFact(object: unknown, { failed = false }: { failed?: boolean } = {}): Reading {
  const parsed = sessionObject.safeParse(object)
  if (!parsed.success) return { fact: null, problem: 'unreadable session' }
  const session = parsed.data
  const named = session.metadata?.['purchase_id'] ?? null
  const referred = session.client_reference_id ?? null
  // The account may sell other things too.
  if (named === null && referred === null) return notOurs
  if (named !== referred || !isUuid(named)) return { fact: null, problem: 'purchase' }
  return {
    problem: null,
    fact: {
      kind: 'session',
      purchase: named,
      session: session.id,
      mode: session.mode,
      pack: session.metadata?.['pack_id'] ?? null,
      amount: session.amount_total,
      currency: session.currency,
      payment_status: session.payment_status,
      status: session.status,
      failed,
      payment_intent: session.payment_intent ?? null,
    },
  }
}

/** Where an open session is paid; null for one that is over, or none. */
export function openSessionUrl(object: unknown): string | null {
  const session = z.object({ status: z.literal('open'), url: z.url() }).safeParse(object)
  return session.success ? session.data.url : null
}

const intentObject = z.object({ id: text, metadata: z.record(text, text).nullish() })

const reversalObject = z.object({
  id: text,
  amount: z.int().min(0),
  currency: text,
  status: text.nullish(),
})

type Kind = 'refund' | 'dispute'
type State = 'noted' | 'taken' | 'undone'

/** Whether the buyer has the money back. Unknown words count as taken: an operator can give, a lost credit cannot. */
export function reversalState(kind: Kind, status: string | null | undefined): State {
  if (kind === 'refund') return status === 'failed' || status === 'canceled' ? 'undone' : 'taken'
  if (status === 'won') return 'undone'
  return status === 'prevented' || status?.startsWith('warning_') ? 'noted' : 'taken'
}

/** A payment and all that was taken back of it, as a fact. */
export function paymentFact(payment: { intent: unknown; refunds: unknown[]; disputes: unknown[] }): Reading {
  const intent = intentObject.safeParse(payment.intent)
  const refunds = z.array(reversalObject).safeParse(payment.refunds)
  const disputes = z.array(reversalObject).safeParse(payment.disputes)
  if (!intent.success || !refunds.success || !disputes.success) return { fact: null, problem: 'unreadable payment' }
  const purchase = intent.data.metadata?.['purchase_id'] ?? null
  if (purchase === null) return notOurs
  if (!isUuid(purchase)) return { fact: null, problem: 'purchase' }
  const toReversal = (kind: Kind) => (item: z.infer<typeof reversalObject>) => ({
    id: item.id,
    kind,
    amount: item.amount,
    currency: item.currency,
    state: reversalState(kind, item.status),
  })
  return {
    problem: null,
    fact: {
      kind: 'payment',
      purchase,
      payment_intent: intent.data.id,
      reversals: [...refunds.data.map(toReversal('refund')), ...disputes.data.map(toReversal('dispute'))],
    },
  }
}

const kept = [
  'id',
  'object',
  'amount',
  'amount_total',
  'amount_refunded',
  'currency',
  'status',
  'payment_status',
  'mode',
  'client_reference_id',
  'payment_intent',
  'charge',
  'created',
] as const

/** What is stored of an event: enough to judge it by, nothing about the person who paid. */
export function storedPayload(object: unknown): Record<string, Json> {
  if (typeof object !== 'object' || object === null) return {}
  const facts = new Map<string, unknown>(Object.entries(object))
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = facts.get(name)
      const known = typeof value === 'number' || (typeof value === 'string' && text.safeParse(value).success)
      return known ? [[name, value]] : []
    }),
  )
}

function isUuid(text: string | null): text is string {
  return z.uuid().safeParse(text).success
}
