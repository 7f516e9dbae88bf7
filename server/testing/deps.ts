import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { createLocalJWKSet } from 'jose'
import { pino } from 'pino'
import { systemIds } from '#server/adapters/ids.ts'
import { createImages } from '#server/adapters/images-sharp.ts'
import { createTokens } from '#server/adapters/tokens.ts'
import { readCatalogue } from '#server/adapters/workflows.ts'
import type { Deps } from '#server/deps.ts'
import { createRateLimits } from '#server/http/rate-limits.ts'
import { createBoxWatch } from '#server/services/worker/watch.ts'
import type { Caller, Context } from '#server/trpc/context.ts'
import { createCallerFactory } from '#server/trpc/init.ts'
import { appRouter } from '#server/trpc/root.ts'
import { memoryAccounts } from './memory-accounts.ts'
import { memoryBoxes } from './memory-boxes.ts'
import { memoryDatabase } from './memory-database.ts'
import { memoryStorage } from './memory-storage.ts'

export const supabaseUrl = 'http://supabase.test'
export const plentiful = { accountMutations: 10_000, addressMutations: 10_000, addressQueries: 10_000 }

/** A private ES256 JWK as the environment holds it. */
export function makeSigningKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { ...privateKey.export({ format: 'jwk' }), kid: 'test-key', alg: 'ES256', use: 'sig' }
}

/** Real rules over in-memory adapters; `now` is fixed at noon of 2026-11-23 UTC. */
export async function testDeps(overrides: Partial<Deps> = {}) {
  const { database, state } = memoryDatabase()
  const storage = memoryStorage()
  const signingKey = makeSigningKey()
  const { d: _private, ...publicKey } = signingKey
  const now = () => Date.UTC(2026, 10, 23, 12)
  const deps: Deps = {
    config: {
      supabaseUrl,
      supabasePublishableKey: 'sb_publishable_test',
      turnstileSiteKey: null,
      trustedHops: 0,
      publicUrl: 'http://forge.test',
      clientDist: join(import.meta.dirname, 'client-dist'),
      bucketSecret: 'a secret of the tests',
      cronSecret: null,
    },
    database,
    accounts: memoryAccounts(),
    storage,
    images: createImages(),
    catalogue: await readCatalogue(join(import.meta.dirname, '../../workflows')),
    tokens: createTokens({ supabaseUrl, signingKey, now, keys: createLocalJWKSet({ keys: [publicKey] }) }),
    payments: null,
    capacity: null,
    boxes: memoryBoxes(now).store,
    usage: null,
    alerts: null,
    clock: { now },
    ids: systemIds,
    rates: createRateLimits(plentiful, null),
    watch: createBoxWatch({ database, log: pino({ level: 'silent' }) }),
    log: pino({ level: 'silent' }),
    ...overrides,
  }
  return { deps, state, storage, signingKey, now }
}

/** A caller of the router with no HTTP in between. */
export function callAs(deps: Deps, caller: Caller, address: string | null = '203.0.113.9') {
  const context: Context = { deps, caller, address, requestId: 'test', log: deps.log }
  return createCallerFactory(appRouter)(context)
}
