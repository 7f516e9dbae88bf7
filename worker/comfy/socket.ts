import { WebSocket, type RawData } from 'ws'
import { backoffMs } from '#worker/core/backoff.ts'
import { parseBinaryFrame, type PreviewFrame } from '#worker/core/binary-frame.ts'
import { parseMessage, type ComfyMessage } from '#worker/core/messages.ts'

export type ComfyListener = {
  onMessage: (message: ComfyMessage) => void
  onPreview: (frame: PreviewFrame) => void
}

/** ComfyUI's socket as a source of hints: it reconnects by itself, always drains, and nobody waits for it. */
export type ComfySocket = {
  readonly clientId: string
  /** Monotonic milliseconds (`performance.now`) of the last frame heard; 0 before the first. */
  lastHeardAt: () => number
  /** Monotonic milliseconds of the last opened connection; 0 before the first. */
  lastOpenedAt: () => number
  /** Every message and preview, of any prompt, until the returned function is called. */
  listen: (listener: ComfyListener) => () => void
  /** Drops a connection that has gone silent; a new one is opened after a pause, so that ComfyUI sees the old one end first. */
  reconnect: () => void
  close: () => void
}

export type SocketTimes = { pingMs: number; baseMs: number; capMs: number }
const defaults: SocketTimes = { pingMs: 15_000, baseMs: 500, capMs: 10_000 }

function toBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

/**
 * Opens the socket of one client id. Previews are negotiated by the first frame of each connection. ComfyUI sends no
 * pings but answers ours: two without an answer end the connection.
 */
export function openComfySocket(options: { url: string; clientId: string; times?: SocketTimes }): ComfySocket {
  const { clientId, times = defaults } = options
  const address = `${options.url.replace(/^http/, 'ws').replace(/\/+$/, '')}/api/ws?clientId=${encodeURIComponent(clientId)}`
  const listeners = new Set<ComfyListener>()
  let socket: WebSocket | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let failures = 0
  let heardAt = 0
  let openedAt = 0

  function hear(data: RawData, isBinary: boolean): void {
    heardAt = performance.now()
    failures = 0
    if (isBinary) {
      const frame = parseBinaryFrame(toBytes(data))
      if (frame) for (const listener of listeners) listener.onPreview(frame)
      return
    }
    const message = parseMessage(Buffer.from(toBytes(data)).toString('utf8'))
    if (message) for (const listener of listeners) listener.onMessage(message)
  }

  function connect(): void {
    // permessage-deflate would cost the engine's event loop more than the loopback saves.
    const next = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: times.pingMs })
    let unanswered = 0
    const pings = setInterval(() => {
      if (next.readyState !== WebSocket.OPEN) return
      if (unanswered >= 2) next.terminate()
      else next.ping()
      unanswered += 1
    }, times.pingMs)
    socket = next
    next.on('open', () => {
      openedAt = performance.now()
      next.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
    })
    next.on('pong', () => {
      unanswered = 0
    })
    next.on('message', hear)
    next.on('error', () => {}) // 'close' follows and says all that is needed
    next.on('close', () => {
      clearInterval(pings)
      if (closed) return
      timer = setTimeout(connect, backoffMs(failures, times, Math.random()))
      failures += 1
    })
  }

  connect()
  return {
    clientId,
    lastHeardAt: () => heardAt,
    lastOpenedAt: () => openedAt,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    reconnect: () => socket?.terminate(),
    close() {
      closed = true
      clearTimeout(timer)
      listeners.clear()
      socket?.terminate()
    },
  }
}
