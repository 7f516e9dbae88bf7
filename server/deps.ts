import type { Logger } from 'pino'
import type { Accounts } from '#server/adapters/accounts.ts'
import type { AlertSink } from '#server/adapters/alerts.ts'
import type { Clock } from '#server/adapters/clock.ts'
import type { CapacityStore } from '#server/adapters/database/capacity.ts'
import type { Database } from '#server/adapters/database/port.ts'
import type { Ids } from '#server/adapters/ids.ts'
import type { Images } from '#server/adapters/images.ts'
import type { Payments } from '#server/adapters/payments.ts'
import type { Storage } from '#server/adapters/storage.ts'
import type { UsageReporter } from '#server/adapters/usage.ts'
import type { Tokens } from '#server/adapters/tokens.ts'
import type { Catalogue } from '#server/adapters/workflows.ts'
import type { RateLimits } from '#server/http/rate-limits.ts'
import type { BoxWatch } from '#server/services/worker/watch.ts'
import type { Capacity } from '#server/services/capacity/tick.ts'

/** Values of the environment that requests need; nothing secret but the bucket key. */
export type Config = {
  supabaseUrl: string
  supabasePublishableKey: string
  /** null: strangers are asked for no captcha. */
  turnstileSiteKey: string | null
  trustedHops: number
  clientDist: string
  /** Where people open the studio, without a slash at the end; Stripe sends them back there. */
  publicUrl: string
  bucketSecret: string
  cronSecret: string | null
}

/** Everything with a side effect, given to `createApp` once. */
export type Deps = {
  config: Config
  database: Database
  accounts: Accounts
  storage: Storage
  images: Images
  catalogue: Catalogue
  tokens: Tokens
  /** Null while no key is set: licensed use is counted but told to nobody. */
  usage: UsageReporter | null
  /** null: alerts stay in the database and in the log. */
  alerts: AlertSink | null
  /** null: nothing is sold here. */
  payments: Payments | null
  /** null: no box is ever rented. */
  capacity: Capacity | null
  boxes: CapacityStore
  clock: Clock
  ids: Ids
  rates: RateLimits
  watch: BoxWatch
  log: Logger
}
