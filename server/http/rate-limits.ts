import { createHmac } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '#server/adapters/database/port.ts'
import { networkOf } from '#server/services/limits/address.ts'
import { ForgeError } from '#shared/errors.ts'
import { createSharedRates } from './shared-rates.ts'

/** One call to be counted. */
export type Spend = { mutation: boolean; address: string | null; account: string | null }

/** Guards against floods; the limits that mean something (images a day) are counted where the money is. */
export type RateLimits = { spend: (call: Spend) => Promise<void> }

/** Calls a minute. */
export type RateSettings = { accountMutations: number; addressMutations: number; addressQueries: number }

/** Counts for all servers together. `secret` turns networks into names that nobody can turn back. */
export type SharedRates = { database: Pick<Database, 'spendRate'>; secret: string; now: () => number }

const windowS = 60

/**
 * Counters per network (IPv4 address or IPv6 /64) and account; throws RATE_LIMITED {retry_after_s}. Every call is
 * counted in this process; mutations that pass are then counted in the database, for all servers: so a flood on one
 * server never reaches the database, and many servers are no way around the limit. Null shares nothing.
 */
export function createRateLimits(settings: RateSettings, shared: SharedRates | null): RateLimits {
  const account = limiter('account', settings.accountMutations)
  const mutations = limiter('mutations', settings.addressMutations)
  const queries = limiter('queries', settings.addressQueries)
  const count = shared === null ? null : createSharedRates({ database: shared.database, windowS, now: shared.now })

  return {
    async spend(call) {
      const network = networkOf(call.address) ?? 'none'
      await take(call.mutation ? mutations : queries, network)
      if (!call.mutation) return
      if (call.account !== null) await take(account, call.account)
      if (shared === null || count === null) return
      await count([
        { key: nameOf(network, shared.secret), cap: settings.addressMutations },
        ...(call.account === null ? [] : [{ key: `account:${call.account}`, cap: settings.accountMutations }]),
      ])
    },
  }
}

function nameOf(network: string, secret: string): string {
  return `network:${createHmac('sha256', secret).update(`rate:${network}`).digest('hex').slice(0, 32)}`
}

function limiter(keyPrefix: string, points: number): RateLimiterMemory {
  return new RateLimiterMemory({ keyPrefix, points, duration: windowS })
}

async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    throw new ForgeError('RATE_LIMITED', { retry_after_s: Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) })
  }
}
