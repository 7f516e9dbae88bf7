import type { RawData, WebSocket } from 'ws'
import { closeChannel, joinChannel, shutDown } from './channel.ts'
import type { Channel } from './channel.ts'
import { handleChannelMessage } from './channel-messages.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import type { Inbound, Outbound, Vsn } from './codec.ts'
import type { Identity } from './identity.ts'
import { createRate } from './rate.ts'
import type { Services } from './services.ts'

/** One WebSocket of one client. */
export type Connection = {
  vsn: Vsn
  /** Of the API key that opened it: what channels without a token act as. */
  identity: Identity
  /** By topic, joining ones too. */
  channels: Map<string, Channel>
  send: (message: Outbound) => void
  /** Sends an encoded message; a `lossy` one is skipped while the client reads too slowly. */
  deliver: (frame: Buffer | string, lossy: boolean) => void
  /** Milliseconds (monotonic) of the last message from the client. */
  lastHeard: () => number
  /** Ends the socket without waiting for the client. */
  terminate: () => void
  close: (code: number, reason: string) => void
}

const badMessage = 1007
const tooManyMessages = 1008

/** Serves a socket that has passed the upgrade until it closes; `onClose` is called once. */
export function openConnection(
  services: Services,
  ws: WebSocket,
  opened: { vsn: Vsn; identity: Identity; onClose: () => void },
): Connection {
  const { limits, log } = services
  let heard = performance.now()
  const connection: Connection = {
    vsn: opened.vsn,
    identity: opened.identity,
    channels: new Map(),
    send: (message) => connection.deliver(encodeMessage(opened.vsn, message), false),
    deliver(frame, lossy) {
      if (ws.readyState !== ws.OPEN) return
      if (ws.bufferedAmount > limits.stuckBytes) {
        log.warn({ bufferedBytes: ws.bufferedAmount }, 'a client reads too slowly and was cut off')
        return ws.terminate()
      }
      if (lossy && ws.bufferedAmount > limits.slowBytes) return
      ws.send(frame)
    },
    lastHeard: () => heard,
    terminate: () => ws.terminate(),
    close: (code, reason) => ws.close(code, reason),
  }
  const receive = createReceiver(services, connection)
  ws.on('message', (data, isBinary) => {
    heard = performance.now()
    receive(toBuffer(data), isBinary)
  })
  ws.on('close', () => {
    for (const channel of connection.channels.values()) closeChannel(services, channel, false)
    opened.onClose()
  })
  // Protocol violations and resets: the socket closes by itself.
  ws.on('error', (error) => log.debug({ err: error }, 'socket error'))
  return connection
}

/** Checks rate and size before any work is done for a message, then routes it. */
function createReceiver(services: Services, connection: Connection): (data: Buffer, isBinary: boolean) => void {
  const { limits, log } = services
  const rate = createRate(limits.messagesPerSecond, limits.messageBurst)
  let strikes = 0
  let waitingBytes = 0

  return function receive(data, isBinary) {
    const allowed = rate.take(performance.now())
    if (!allowed && (strikes += 1) > limits.rateStrikes) {
      return connection.close(tooManyMessages, 'Too many messages per second')
    }
    const message = decodeMessage(data, isBinary, connection.vsn)
    if (message === null) return connection.close(badMessage, 'Not a message of this protocol')
    const channel = connection.channels.get(message.topic)
    if (!allowed) {
      if (channel !== undefined) shutDown(services, channel, 'Too many messages per second')
      return
    }
    if (waitingBytes > limits.waitingBytes) return
    waitingBytes += data.length
    route(services, connection, channel, message)
      .catch((error: unknown) => log.error({ err: error, event: message.event }, 'a message could not be handled'))
      .finally(() => {
        waitingBytes -= data.length
      })
  }
}

async function route(
  services: Services,
  connection: Connection,
  channel: Channel | undefined,
  message: Inbound,
): Promise<void> {
  if (message.topic === 'phoenix') return reply(connection, message, 'ok', {})
  if (message.event === 'phx_join') return joinChannel(services, connection, message)
  const isOld = message.joinRef !== null && channel !== undefined && message.joinRef !== channel.joinRef
  if (message.event === 'phx_leave' && (channel === undefined || isOld)) {
    return reply(connection, message, 'ok', {})
  }
  if (channel === undefined || (channel.state !== 'joined' && message.event !== 'phx_leave')) {
    return reply(connection, message, 'error', { reason: 'unmatched topic' })
  }
  return handleChannelMessage(services, channel, message)
}

function reply(connection: Connection, message: Inbound, status: 'ok' | 'error', response: unknown): void {
  const { joinRef, ref, topic } = message
  connection.send({ joinRef, ref, topic, event: 'phx_reply', payload: { status, response } })
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}
