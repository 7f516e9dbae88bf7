import type { Inbound } from './codec.ts'
import type { Connection } from './connection.ts'
import type { Receiver } from './hub.ts'
import { identify, isApiKey, RealtimeRefusal } from './identity.ts'
import type { Identity } from './identity.ts'
import { parseJoin } from './join.ts'
import type { JoinRequest } from './join.ts'
import { createRate } from './rate.ts'
import { mayWrite, readRights } from './rights.ts'
import type { Extension, ReadRights } from './rights.ts'
import type { Services } from './services.ts'

const longestTimeout = 2 ** 31 - 1
const noDatabase = 'Realtime was unable to connect to the project database'

/** One topic of one connection, from `phx_join` to its close. */
export type Channel = {
  connection: Connection
  /** With the wire's prefix. */
  topic: string
  joinRef: string | null
  request: JoinRequest
  state: 'joining' | 'joined' | 'closed'
  token: string | null
  identity: Identity
  /** `null` on a public channel, which asks no policy. */
  reads: ReadRights | null
  /** Answers of the write policies under the present token. */
  writes: Map<Extension, Promise<boolean>>
  receiver: Receiver
  presenceRate: ReturnType<typeof createRate>
  expiry: NodeJS.Timeout | undefined
  /** Ends what waits on behalf of the channel. */
  closing: AbortController
}

/** Handles `phx_join`: identity, policies, then the reply. A channel of the same topic gives way first. */
export async function joinChannel(services: Services, connection: Connection, message: Inbound): Promise<void> {
  const { topic, ref } = message
  const old = connection.channels.get(topic)
  if (old !== undefined) closeChannel(services, old, true)
  const reply = (status: string, response: unknown) =>
    connection.send({ joinRef: message.joinRef ?? ref, ref, topic, event: 'phx_reply', payload: { status, response } })
  let channel: Channel | undefined
  try {
    if (connection.channels.size >= services.limits.channels) {
      throw new RealtimeRefusal('ChannelRateLimitReached: Too many channels')
    }
    channel = openChannel(services, connection, message)
    await authorise(services, channel)
    if (channel.state === 'closed') return
    channel.state = 'joined'
    services.hub.add(channel.request, channel.receiver)
    armExpiry(services, channel)
    reply('ok', { postgres_changes: [] })
    if (channel.request.presence.enabled && channel.reads?.presence !== false) {
      push(channel, 'presence_state', services.presence.state(channel.request))
    }
    if (channel.request.replicationReady) void announceReplication(services, channel)
  } catch (error) {
    if (channel?.state === 'closed') return
    if (channel !== undefined) forget(channel)
    if (!(error instanceof RealtimeRefusal)) services.log.warn({ err: error }, 'a join could not be decided')
    reply('error', { reason: error instanceof RealtimeRefusal ? error.message : `UnableToSetPolicies: ${noDatabase}` })
  }
}

/** Takes the channel off the connection and the hub; `announce` tells the client. */
export function closeChannel(services: Services, channel: Channel, announce: boolean): void {
  if (channel.state === 'closed') return
  if (announce) push(channel, 'phx_close', {}, channel.joinRef)
  forget(channel)
  services.hub.remove(channel.request, channel.receiver)
  const gone = services.presence.untrack(channel.request, channel.request.presence.key, channel)
  if (gone !== null) services.hub.presenceDiff(channel.request, gone)
}

/** Tells the client why, then closes: expired or revoked tokens, too many messages. */
export function shutDown(services: Services, channel: Channel, reason: string): void {
  if (channel.state === 'closed') return
  pushSystem(channel, 'error', reason)
  closeChannel(services, channel, true)
}

/** A new token: read again what it may, close when it may less. */
export async function refreshToken(services: Services, channel: Channel, payload: unknown): Promise<void> {
  const token =
    typeof payload === 'object' && payload !== null && 'access_token' in payload ? payload.access_token : null
  if (typeof token !== 'string' || isApiKey(token) || token === channel.token) return
  const before = channel.reads
  channel.token = token
  try {
    const identity = await identify(services.ctx, token)
    const reads = channel.request.private ? await readRights(services.ctx, identity.caller, channel.request.name) : null
    if (channel.token !== token || channel.state === 'closed') return
    if ((before?.broadcast && !reads?.broadcast) || (before?.presence && !reads?.presence)) {
      throw new RealtimeRefusal(
        `You no longer have permission to read from this Channel topic: ${channel.request.name}`,
      )
    }
    Object.assign(channel, { identity, reads, writes: new Map() })
    armExpiry(services, channel)
  } catch (error) {
    if (channel.token === token)
      shutDown(services, channel, error instanceof RealtimeRefusal ? error.message : noDatabase)
  }
}

/** Whether the channel may send; asked once per token, and again after the database could not answer. */
export async function maySend(services: Services, channel: Channel, extension: Extension): Promise<boolean> {
  if (!channel.request.private) return true
  const { writes, identity, request } = channel
  const asked = writes.get(extension) ?? mayWrite(services.ctx, identity.caller, request.name, extension)
  writes.set(extension, asked)
  return asked.catch((error: unknown) => {
    if (writes.get(extension) === asked) writes.delete(extension)
    services.log.warn({ err: error }, 'a write right could not be decided')
    return false
  })
}

/** Sends an event of the server on the channel. */
export function push(channel: Channel, event: string, payload: unknown, ref: string | null = null): void {
  channel.connection.send({ joinRef: channel.joinRef, ref, topic: channel.topic, event, payload })
}

function openChannel(services: Services, connection: Connection, message: Inbound): Channel {
  const request = parseJoin(message.topic, message.payload)
  const { presenceCalls, presenceWindowMs } = services.limits
  const channel: Channel = {
    connection,
    topic: message.topic,
    joinRef: message.joinRef ?? message.ref,
    request,
    state: 'joining',
    token: request.token,
    identity: connection.identity,
    reads: null,
    writes: new Map(),
    receiver: {
      vsn: connection.vsn,
      readsBroadcasts: () => channel.reads === null || channel.reads.broadcast,
      readsPresence: () => channel.reads === null || channel.reads.presence,
      deliver: (frame, lossy) => connection.deliver(frame, lossy),
    },
    presenceRate: createRate((presenceCalls * 1000) / presenceWindowMs, presenceCalls),
    expiry: undefined,
    closing: new AbortController(),
  }
  connection.channels.set(message.topic, channel)
  return channel
}

async function authorise(services: Services, channel: Channel): Promise<void> {
  const { token, request, connection } = channel
  channel.identity = token === null || isApiKey(token) ? connection.identity : await identify(services.ctx, token)
  if (!request.private) return
  const reads = await readRights(services.ctx, channel.identity.caller, request.name)
  if (!reads.broadcast && !reads.presence) {
    throw new RealtimeRefusal(
      `Unauthorized: You do not have permissions to read from this Channel topic: ${request.name}`,
    )
  }
  channel.reads = reads
}

function forget(channel: Channel): void {
  channel.state = 'closed'
  clearTimeout(channel.expiry)
  channel.closing.abort()
  const { channels } = channel.connection
  if (channels.get(channel.topic) === channel) channels.delete(channel.topic)
}

function armExpiry(services: Services, channel: Channel): void {
  clearTimeout(channel.expiry)
  const { expiresAt } = channel.identity
  if (expiresAt === null) return
  const left = expiresAt - Date.now()
  channel.expiry = setTimeout(
    () => {
      if (Date.now() < expiresAt) armExpiry(services, channel)
      else shutDown(services, channel, 'InvalidJWTToken: Token has expired')
    },
    Math.min(Math.max(left, 0), longestTimeout),
  )
}

async function announceReplication(services: Services, channel: Channel): Promise<void> {
  const timeout = AbortSignal.timeout(services.limits.replicationReadyMs)
  try {
    await services.stream.ready(AbortSignal.any([timeout, channel.closing.signal]))
    pushSystem(channel, 'ok', 'Replication connection established')
  } catch {
    shutDown(services, channel, 'Replication connection was not established in time')
  }
}

function pushSystem(channel: Channel, status: 'ok' | 'error', message: string): void {
  push(channel, 'system', { extension: 'system', status, message, channel: channel.request.name })
}
