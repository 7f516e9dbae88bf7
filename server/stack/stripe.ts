import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { StackEnv } from './env.ts'
import type { PartPlan } from './part.ts'
import { pickPort } from './ports.ts'

const saved = z.object({ secretKey: z.string(), webhookSecret: z.string() })

/** What the server needs to sell; `apiBase` null = Stripe itself. */
export type StripeAccess = z.infer<typeof saved> & { apiBase: string | null }

/** Keys of the local stand-in, made at the first start and kept with its data (mode 0600). */
export async function loadStripeKeys(dataDir: string): Promise<z.infer<typeof saved>> {
  const file = path.join(dataDir, 'stripe-keys.json')
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text !== null) return saved.parse(JSON.parse(text))
  const keys = {
    secretKey: `sk_test_standin${randomBytes(18).toString('hex')}`,
    webhookSecret: `whsec_${randomBytes(24).toString('hex')}`,
  }
  await writeFile(file, JSON.stringify(keys, null, 2), { mode: 0o600 })
  return keys
}

/**
 * Stripe itself when its key is set; else, beside the local database only, the stand-in. Null: nothing is sold, since
 * play money must never buy credits in a hosted project.
 */
export async function beginStripe(
  env: StackEnv,
  serverUrl: string,
  begin: (plan: PartPlan) => Promise<void>,
): Promise<StripeAccess | null> {
  if (env.STRIPE_SECRET_KEY && env.STRIPE_WEBHOOK_SECRET) {
    return {
      secretKey: env.STRIPE_SECRET_KEY,
      webhookSecret: env.STRIPE_WEBHOOK_SECRET,
      apiBase: env.STRIPE_API_BASE ?? null,
    }
  }
  if (env.SUPABASE_URL) return null
  const keys = await loadStripeKeys(env.FORGE_DATA)
  const port = await pickPort(env.STRIPE_STANDIN_PORT)
  const apiBase = `http://127.0.0.1:${port}`
  await begin({
    name: 'stripe',
    script: 'server/standin/stripe/main.ts',
    env: {
      STRIPE_STANDIN_PORT: String(port),
      STRIPE_SECRET_KEY: keys.secretKey,
      STRIPE_WEBHOOK_SECRET: keys.webhookSecret,
      STRIPE_WEBHOOK_URL: `${serverUrl}/stripe/webhook`,
      STRIPE_STANDIN_FILE: path.join(env.FORGE_DATA, 'stripe.json'),
      STRIPE_STANDIN_SETTLE_MS: String(env.STRIPE_STANDIN_SETTLE_MS),
      LOG_LEVEL: env.LOG_LEVEL,
    },
    probe: `${apiBase}/health`,
    readyWithinMs: 20_000,
  })
  return { ...keys, apiBase }
}

/** The server's part of the environment. */
export function stripeEnv(stripe: StripeAccess | null): Record<string, string> {
  if (stripe === null) return {}
  return {
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    ...(stripe.apiBase === null ? {} : { STRIPE_API_BASE: stripe.apiBase }),
  }
}
