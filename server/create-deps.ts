import { type Logger, pino } from 'pino'
import { createAlertWebhook } from '#server/adapters/alerts.ts'
import { createAccounts } from '#server/adapters/accounts.ts'
import { createCapacity } from '#server/adapters/capacity/create.ts'
import { systemClock } from '#server/adapters/clock.ts'
import { createCapacityStore } from '#server/adapters/database/capacity.ts'
import { createDatabase } from '#server/adapters/database/database.ts'
import { systemIds } from '#server/adapters/ids.ts'
import { createImages } from '#server/adapters/images-sharp.ts'
import type { Payments } from '#server/adapters/payments.ts'
import { createStorage } from '#server/adapters/storage.ts'
import { connectSupabase } from '#server/adapters/supabase.ts'
import { createPayments } from '#server/adapters/stripe.ts'
import { createTokens } from '#server/adapters/tokens.ts'
import { createBflUsage } from '#server/adapters/usage.ts'
import { requireLiveSessions } from '#server/adapters/live-sessions.ts'
import { type Catalogue, readCatalogue } from '#server/adapters/workflows.ts'
import type { Deps } from '#server/deps.ts'
import type { Env } from '#server/env.ts'
import { createRateLimits } from '#server/http/rate-limits.ts'
import { createBoxWatch } from '#server/services/worker/watch.ts'

/** The real adapters. Opens no connection; throws when a workflow template cannot be bound. */
export async function createDeps(env: Env, log: Logger = createLog(env)): Promise<Deps> {
  const client = connectSupabase(env.SUPABASE_URL, env.SUPABASE_SECRET_KEY)
  const { now } = systemClock
  const accounts = createAccounts(client)
  const database = createDatabase(client, now)
  const catalogue = await readCatalogue(env.WORKFLOWS_DIR)
  return {
    config: {
      supabaseUrl: env.SUPABASE_URL,
      supabasePublishableKey: env.SUPABASE_PUBLISHABLE_KEY,
      turnstileSiteKey: env.TURNSTILE_SITE_KEY ?? null,
      trustedHops: env.TRUSTED_HOPS,
      clientDist: env.CLIENT_DIST,
      publicUrl: env.PUBLIC_URL ?? `http://${env.HOST}:${env.PORT}`,
      bucketSecret: env.FORGE_BUCKET_SECRET,
      cronSecret: env.CRON_SECRET ?? null,
    },
    database,
    accounts,
    storage: createStorage(client, now),
    images: createImages(),
    catalogue,
    tokens: requireLiveSessions(
      createTokens({
        supabaseUrl: env.SUPABASE_URL,
        signingKey: env.SUPABASE_JWT_SIGNING_KEY,
        revokedKeys: env.SUPABASE_REVOKED_KEYS,
        now,
      }),
      accounts.isSessionLive,
      now,
    ),
    payments: paymentsOf(env),
    usage: env.BFL_API_KEY === undefined ? null : createBflUsage({ base: env.BFL_API_BASE, key: env.BFL_API_KEY }),
    alerts: env.ALERT_WEBHOOK_URL === undefined ? null : createAlertWebhook(env.ALERT_WEBHOOK_URL),
    capacity: createCapacity(env, {
      supabaseUrl: env.SUPABASE_URL,
      serverUrl: env.PUBLIC_URL ?? `http://${env.HOST}:${env.PORT}`,
      templates: templatesOf(catalogue),
    }),
    boxes: createCapacityStore(client),
    clock: systemClock,
    ids: systemIds,
    rates: createRateLimits(
      {
        accountMutations: env.RATE_ACCOUNT_MUTATIONS,
        addressMutations: env.RATE_ADDRESS_MUTATIONS,
        addressQueries: env.RATE_ADDRESS_QUERIES,
      },
      { database, secret: env.FORGE_BUCKET_SECRET, now },
    ),
    watch: createBoxWatch({ database, log }),
    log,
  }
}

/** Every variant of every mode, as `mode/variant`. */
function templatesOf({ manifests }: Catalogue): string[] {
  return manifests.flatMap(({ mode, variants }) => variants.map(({ key }) => `${mode}/${key}`))
}

function paymentsOf(env: Env): Payments | null {
  if (env.STRIPE_SECRET_KEY === undefined) return null
  return createPayments({
    secretKey: env.STRIPE_SECRET_KEY,
    webhookSecrets: env.STRIPE_WEBHOOK_SECRET ?? [],
    apiBase: env.STRIPE_API_BASE ?? null,
  })
}

/** JSON lines on stdout. Requests are logged by path alone, so neither tokens nor inputs get here. */
export function createLog(env: Pick<Env, 'LOG_LEVEL'>): Logger {
  return pino({ name: 'server', level: env.LOG_LEVEL })
}
