import { z } from 'zod'
import type { Supabase } from '#server/adapters/supabase.ts'
import type { Json } from '#shared/database.types.ts'
import { failureCodes, jobStatuses } from '#shared/jobs/rules.ts'
import { call, columnsOf, rows } from './calls.ts'

const time = z.iso.datetime({ offset: true })

export const packRow = z.object({
  id: z.string(),
  title: z.string(),
  credits: z.int(),
  amount_cents: z.int(),
  currency: z.string(),
})
export type PackRow = z.infer<typeof packRow>

export const purchaseRow = z.object({
  id: z.uuid(),
  owner: z.uuid(),
  pack_id: z.string(),
  credits: z.int(),
  amount_cents: z.int(),
  currency: z.string(),
  status: z.enum(['open', 'paid', 'failed', 'expired']),
  stripe_session_id: z.string().nullable(),
  stripe_payment_intent: z.string().nullable(),
  processing_at: time.nullable(),
})
export type PurchaseRow = z.infer<typeof purchaseRow>

const ledgerKinds = ['hold', 'release', 'capture', 'grant', 'purchase', 'clawback', 'adjust'] as const
export type LedgerKind = (typeof ledgerKinds)[number]

export const ledgerRow = z.object({
  id: z.int(),
  kind: z.enum(ledgerKinds),
  delta: z.int(),
  balance_after: z.int(),
  created_at: time,
  external_id: z.string().nullable(),
  job_id: z.uuid().nullable(),
  mode: z.string().nullable(),
  transmission: z.string().nullable(),
  status: z.enum(jobStatuses).nullable(),
  error_code: z.enum(failureCodes).nullable(),
  step: z.int().nullable(),
  ended_by: z.enum(['capture', 'release']).nullable(),
  thumb_key: z.string().nullable(),
})
export type LedgerRow = z.infer<typeof ledgerRow>

/** `problem`: why Stripe's word and the purchase disagree; then nothing moved, and an alert is open. */
const factReply = z.object({ granted: z.boolean(), clawed: z.int(), problem: z.string().nullable() })
export type FactReply = z.infer<typeof factReply>

const eventReply = factReply.extend({ duplicate: z.boolean() })
export type EventReply = z.infer<typeof eventReply>

const auditReply = z.object({
  ran: z.boolean(),
  offences: z.int(),
  first: z.object({ offence: z.string(), subject: z.string() }).nullable(),
})
export type AuditReply = z.infer<typeof auditReply>

/** One thing that Stripe says about a purchase, as `apply_fact` reads it. */
export type StripeFact = { kind: 'session' | 'payment'; purchase: string; [name: string]: Json }

export type StoredEvent = {
  id: string
  type: string
  apiVersion: string | null
  payload: Record<string, Json>
  fact: StripeFact | null
  problem: string | null
}

/** What is bought, granted, taken back and read about it. */
export type Money = {
  packs: () => Promise<PackRow[]>
  /** Idempotent by id. Refuses ACCOUNT_REQUIRED, NOT_FOUND {pack}, REQUEST_ID_REUSED. */
  createPurchase: (id: string, owner: string, pack: string) => Promise<PurchaseRow>
  saveCheckout: (purchase: string, session: string) => Promise<void>
  customer: (owner: string) => Promise<string | null>
  /** Answers the customer that is kept, which may be an earlier one. */
  saveCustomer: (owner: string, customer: string, replaces: string | null) => Promise<string>
  purchase: (id: string, owner: string) => Promise<PurchaseRow | null>
  /** Purchases begun since then (ISO time), oldest first, at most `limit`, after `after`. */
  purchasesSince: (since: string, after: string | null, limit: number) => Promise<PurchaseRow[]>
  handleStripeEvent: (event: StoredEvent) => Promise<EventReply>
  reconcilePurchase: (fact: StripeFact) => Promise<FactReply>
  /** Newest first. */
  ledger: (
    owner: string,
    page: { kinds: readonly LedgerKind[] | null; before: number | null; limit: number },
  ) => Promise<LedgerRow[]>
  auditTick: () => Promise<AuditReply>
}

export function createMoney(client: Supabase): Money {
  return {
    packs: () =>
      rows(
        'credit_packs',
        client.from('credit_packs').select(columnsOf(packRow)).eq('active', true).order('position'),
        packRow,
      ),
    createPurchase: (id, owner, pack) =>
      call(client, 'create_purchase', { p_id: id, p_owner: owner, p_pack: pack }, purchaseRow),
    async saveCheckout(purchase, session) {
      await call(client, 'save_checkout', { p_purchase: purchase, p_session: session }, z.unknown())
    },
    async customer(owner) {
      const found = client.from('stripe_customers').select('customer_id').eq('owner', owner)
      return (await rows('stripe_customers', found, z.object({ customer_id: z.string() })))[0]?.customer_id ?? null
    },
    saveCustomer: (owner, customer, replaces) =>
      call(client, 'save_customer', { p_owner: owner, p_customer: customer, p_replaces: replaces }, z.string()),
    async purchase(id, owner) {
      const found = client.from('purchases').select(columnsOf(purchaseRow)).eq('id', id).eq('owner', owner)
      return (await rows('purchases', found, purchaseRow))[0] ?? null
    },
    purchasesSince(since, after, limit) {
      const begun = client.from('purchases').select(columnsOf(purchaseRow)).gt('created_at', since)
      const next = after === null ? begun : begun.gt('id', after)
      return rows('purchases', next.order('id').limit(limit), purchaseRow)
    },
    handleStripeEvent: ({ id, type, apiVersion, payload, fact, problem }) =>
      call(
        client,
        'handle_stripe_event',
        {
          p_id: id,
          p_type: type,
          p_api_version: apiVersion,
          p_payload: payload,
          p_fact: fact,
          p_problem: problem,
        },
        eventReply,
      ),
    reconcilePurchase: (fact) => call(client, 'reconcile_purchase', { p_fact: fact }, factReply),
    ledger: (owner, { kinds, before, limit }) =>
      call(
        client,
        'read_ledger',
        { p_owner: owner, p_kinds: kinds === null ? null : [...kinds], p_before: before, p_limit: limit },
        z.array(ledgerRow),
      ),
    auditTick: () => call(client, 'audit_tick', {}, auditReply),
  }
}
