import type { Database } from '#server/adapters/database/port.ts'
import type { Payments } from '#server/adapters/payments.ts'
import { type Reading, paymentFact, sessionFact } from './facts.ts'

/** `repaired`: what was missing and is done now. `problems`: what no rule can mend; a person must look. */
export type Reconciliation = { read: number; repaired: string[]; problems: string[] }

type Parts = { database: Database; payments: Payments }

const pageSize = 500

/**
 * Reads again what Stripe knows since `since` (milliseconds) and applies it like the webhook would have: sessions,
 * then the payments that anything was taken back of, then purchases of ours that Stripe's lists did not hold.
 */
export async function reconcile(parts: Parts, since: number): Promise<Reconciliation> {
  const { payments } = parts
  const result: Reconciliation = { read: 0, repaired: [], problems: [] }
  const seconds = Math.floor(since / 1_000)
  const seen = new Set<string>()
  for await (const session of payments.sessionsSince(seconds)) {
    const reading = sessionFact(session)
    if (reading.fact !== null) seen.add(reading.fact.purchase)
    await apply(parts, reading, result)
  }
  const intents = new Set<string>()
  for await (const intent of payments.reversedSince(seconds)) intents.add(intent)
  for (const intent of intents) {
    const payment = await payments.payment(intent)
    if (payment !== null) await apply(parts, paymentFact(payment), result)
  }
  await checkUnseen(parts, new Date(since).toISOString(), { seen, result })
  return result
}

async function apply({ database }: Parts, { fact, problem }: Reading, result: Reconciliation): Promise<void> {
  result.read += 1
  if (problem !== null) result.problems.push(problem)
  if (fact === null) return
  const { granted, clawed, problem: disagreed } = await database.reconcilePurchase(fact)
  if (disagreed !== null) result.problems.push(`purchase ${fact.purchase}: ${disagreed}`)
  if (granted) result.repaired.push(`purchase ${fact.purchase}: granted`)
  if (clawed > 0) result.repaired.push(`purchase ${fact.purchase}: ${clawed} credits taken back`)
  if (clawed < 0) result.repaired.push(`purchase ${fact.purchase}: ${-clawed} credits returned`)
}

/** Purchases of the same time whose session is older, or gone. One that never reached Checkout owes nobody anything. */
async function checkUnseen(
  parts: Parts,
  since: string,
  { seen, result }: { seen: ReadonlySet<string>; result: Reconciliation },
): Promise<void> {
  for (let after: string | null = null; ;) {
    const page = await parts.database.purchasesSince(since, after, pageSize)
    for (const { id, status, stripe_session_id: session } of page) {
      if (seen.has(id) || session === null) continue
      const current = await parts.payments.session(session)
      if (current !== null) await apply(parts, sessionFact(current), result)
      else if (status === 'paid') result.problems.push(`purchase ${id}: granted, but Stripe has no session ${session}`)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.id
  }
}
