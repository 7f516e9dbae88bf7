import { closeChannel, maySend, push, refreshToken, shutDown } from './channel.ts'
import type { Channel } from './channel.ts'
import { longestName } from './codec.ts'
import type { Inbound } from './codec.ts'
import type { Services } from './services.ts'

/** Handles one message of the client on a channel it has joined. Never rejects. */
export async function handleChannelMessage(services: Services, channel: Channel, message: Inbound): Promise<void> {
  switch (message.event) {
    case 'phx_leave':
      reply(channel, message, 'ok', {})
      return closeChannel(services, channel, true)
    case 'access_token':
      return refreshToken(services, channel, message.payload)
    case 'broadcast':
      return broadcast(services, channel, message)
    case 'presence':
      return presence(services, channel, message)
    default:
      services.log.debug({ event: message.event }, 'unknown event of a client')
  }
}

/** Refused sends are dropped in silence, as on hosted projects, or a sender could probe the policies for free. */
async function broadcast(services: Services, channel: Channel, message: Inbound): Promise<void> {
  const { user, persist } = message
  const problem = broadcastProblem(services, message)
  if (user === null || problem !== null) {
    if (channel.request.ack || persist) reply(channel, message, 'error', { reason: problem, error: problem })
    return
  }
  if (!(await maySend(services, channel, 'broadcast')) || channel.state === 'closed') return
  services.hub.broadcast({
    ...channel.request,
    broadcast: user,
    meta: null,
    lossy: true,
    except: channel.request.self ? null : channel.receiver,
  })
  if (channel.request.ack) reply(channel, message, 'ok', {})
}

function broadcastProblem(services: Services, { user, persist }: Inbound): string | null {
  if (user === null) return 'invalid_broadcast'
  if (persist) return 'persist_unsupported'
  if (user.body.length > services.limits.payloadBytes) return 'payload_size_exceeded'
  if (Buffer.byteLength(user.event) > longestName) return 'event_name_too_long'
  return null
}

async function presence(services: Services, channel: Channel, message: Inbound): Promise<void> {
  if (!channel.presenceRate.take(performance.now())) {
    return shutDown(services, channel, 'Client presence rate limit exceeded')
  }
  const { event, payload } = presenceCall(message.payload)
  const { request } = channel
  if (event === 'untrack') {
    const gone = services.presence.untrack(request, request.presence.key, channel)
    if (gone !== null) services.hub.presenceDiff(request, gone)
    return reply(channel, message, 'ok', {})
  }
  if (event !== 'track' || payload === null) {
    return reply(channel, message, 'error', { reason: 'Presence track payload must be a map' })
  }
  if (!(await maySend(services, channel, 'presence'))) {
    return reply(channel, message, 'error', { reason: 'Unauthorized' })
  }
  if (channel.state === 'closed') return
  const entry = { holder: channel, payload }
  services.hub.presenceDiff(request, services.presence.track(request, request.presence.key, entry))
  reply(channel, message, 'ok', {})
}

function presenceCall(value: unknown): { event: string; payload: Record<string, unknown> | null } {
  const { event, payload = {} } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const isMap = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  return {
    event: typeof event === 'string' ? event.toLowerCase() : '',
    payload: isMap && isShallow(payload) ? (payload as Record<string, unknown>) : null,
  }
}

/** JSON.parse reads any depth, but what cannot be written again must not become state that others are sent. */
function isShallow(value: object): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

function reply(channel: Channel, message: Inbound, status: 'ok' | 'error', response: unknown): void {
  push(channel, 'phx_reply', { status, response }, message.ref)
}
