import type { Logger } from 'pino'
import type { LocalContext } from '#supabase/local/context.ts'
import type { Hub } from './hub.ts'
import type { RealtimeLimits } from './limits.ts'
import type { Presence } from './presence.ts'
import type { MessageStream } from './replication.ts'

/** What connections and channels share: one set per running server. */
export type Services = {
  ctx: LocalContext
  hub: Hub
  presence: Presence
  stream: Pick<MessageStream, 'ready'>
  limits: RealtimeLimits
  log: Logger
}
