import process from 'node:process'
import { parseArgs } from 'node:util'
import { createPayments } from '#server/adapters/stripe.ts'
import { createDatabase } from '#server/adapters/database/database.ts'
import { connectSupabase } from '#server/adapters/supabase.ts'
import { reconcile } from '#server/services/credits/reconcile.ts'
import { command, connect, type Deployment } from './connect.ts'
import { loadStripeKeys } from './stripe.ts'

const dayMs = 24 * 3_600_000
/** Stripe delivers an event for three days; what is older was missed for good. */
const usualDays = 7

/** Milliseconds since 1970. Throws how to call it. */
function readSince(words: readonly string[]): number {
  const usage = 'usage: npm run reconcile -- --since 2026-11-01'
  let text: string | undefined
  try {
    text = parseArgs({ args: [...words], options: { since: { type: 'string' } } }).values.since
  } catch {
    throw new Error(usage)
  }
  const since = text === undefined ? Date.now() - usualDays * dayMs : Date.parse(text)
  if (Number.isNaN(since)) throw new Error(usage)
  return since
}

async function openPayments({ env, stack }: Deployment) {
  if (env.STRIPE_SECRET_KEY) {
    const apiBase = env.STRIPE_API_BASE ?? null
    return createPayments({ secretKey: env.STRIPE_SECRET_KEY, webhookSecrets: [], apiBase })
  }
  if (!stack?.stripeUrl) throw new Error('Nothing is sold here: set STRIPE_SECRET_KEY.')
  const { secretKey } = await loadStripeKeys(env.FORGE_DATA)
  return createPayments({ secretKey, webhookSecrets: [], apiBase: stack.stripeUrl })
}

/** `npm run reconcile [-- --since 2026-11-01]`: reads Stripe again (seven days unless told) and repairs what is missing. */
await command(async () => {
  const since = readSince(process.argv.slice(2))
  const deployment = await connect()
  const payments = await openPayments(deployment)
  const database = createDatabase(connectSupabase(deployment.supabaseUrl, deployment.secretKey), Date.now)
  const { read, repaired, problems } = await reconcile({ database, payments }, since)
  for (const line of repaired) process.stdout.write(`repaired: ${line}\n`)
  for (const line of problems) process.stdout.write(`cannot repair: ${line}\n`)
  const where = payments.standIn ? 'the Stripe stand-in' : 'Stripe'
  process.stdout.write(
    `${read} read from ${where} since ${new Date(since).toISOString()}, ${repaired.length} repaired\n`,
  )
  if (problems.length > 0) throw new Error(`${problems.length} mismatch(es) that no rule can mend; they are above.`)
})
