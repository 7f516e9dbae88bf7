import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { longestName } from './codec.ts'
import { topicPrefix } from './address.ts'
import { RealtimeRefusal } from './identity.ts'

/** Clients of other languages send booleans as text. */
const flag = z
  .union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })])
  .nullish()
  .transform((value) => value ?? false)

const joinPayload = z.object({
  access_token: z.string().nullish(),
  config: z
    .object({
      private: flag,
      broadcast: z.object({ ack: flag, self: flag, replication_ready: flag, replay: z.unknown().optional() }).nullish(),
      presence: z.object({ enabled: flag, key: z.string().nullish() }).nullish(),
      postgres_changes: z.array(z.unknown()).nullish(),
    })
    .nullish(),
})

/** What a client asks for when it joins a channel. */
export type JoinRequest = {
  /** Name of the channel, without the wire's prefix. */
  name: string
  private: boolean
  /** Confirm every broadcast that the client sends. */
  ack: boolean
  /** Deliver the client's own broadcasts to it. */
  self: boolean
  replicationReady: boolean
  presence: { enabled: boolean; key: string }
  token: string | null
}

/**
 * Reads the topic and payload of `phx_join`. Refuses what this server cannot do, and what it cannot read: a `private`
 * that is no boolean must not open the public channel of that name.
 */
export function parseJoin(topic: string, payload: unknown): JoinRequest {
  const name = topic.startsWith(topicPrefix) ? topic.slice(topicPrefix.length) : ''
  if (name === '') throw new RealtimeRefusal('TopicNameRequired: You must provide a topic name')
  if (Buffer.byteLength(topic) > longestName) throw new RealtimeRefusal('TopicNameTooLong: at most 255 bytes')
  const parsed = joinPayload.safeParse(payload ?? {})
  if (!parsed.success) throw new RealtimeRefusal('InvalidJoinPayload: the join payload could not be read')
  const { config, access_token: token } = parsed.data
  if ((config?.postgres_changes?.filter((change) => change !== null).length ?? 0) > 0) {
    throw new RealtimeRefusal('PostgresChangesUnsupported: this local server streams no row changes, use broadcast')
  }
  if (config?.broadcast?.replay !== undefined && config.broadcast.replay !== null) {
    throw new RealtimeRefusal('UnableToReplayMessages: this local server replays no messages')
  }
  return {
    name,
    private: config?.private ?? false,
    ack: config?.broadcast?.ack ?? false,
    self: config?.broadcast?.self ?? false,
    replicationReady: config?.broadcast?.replication_ready ?? false,
    presence: {
      enabled: config?.presence?.enabled ?? false,
      key: config?.presence?.key || randomUUID(),
    },
    token: token ?? null,
  }
}
