import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '#server/services/limits/address.ts'
import { ForgeError } from '#shared/errors.ts'

/** One call to be counted. */
export type Spend = { mutation: boolean; address: string | null; account: string | null }

/** Guards this process against floods; the limits that mean something (images a day) are in Postgres. */
export type RateLimits = { spend: (call: Spend) => Promise<void> }

/** Calls a minute. */
export type RateSettings = { accountMutations: number; addressMutations: number; addressQueries: number }

/** In-memory counters per network (IPv4 address or IPv6 /64) and account; throws RATE_LIMITED {retry_after_s}. */
export function createRateLimits(settings: RateSettings): RateLimits {
  const account = limiter('account', settings.accountMutations)
  const mutations = limiter('mutations', settings.addressMutations)
  const queries = limiter('queries', settings.addressQueries)

  return {
    async spend(call) {
      const network = networkOf(call.address) ?? 'none'
      await take(call.mutation ? mutations : queries, network)
      if (call.mutation && call.account !== null) await take(account, call.account)
    },
  }
}

function limiter(keyPrefix: string, points: number): RateLimiterMemory {
  return new RateLimiterMemory({ keyPrefix, points, duration: 60 })
}

async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    throw new ForgeError('RATE_LIMITED', { retry_after_s: Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) })
  }
}
