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
  isOpen: () => boolean
  /** How often it came back after its port had been closed: as a new process, with empty hands. */
  restarts: () => number
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

/** ComfyUI sends no pings but answers ours: two without an answer end the connection. */
function keepAlive(socket: WebSocket, pingMs: number): void {
  let unanswered = 0
  const pings = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (unanswered >= 2) socket.terminate()
    else socket.ping()
    unanswered += 1
  }, pingMs)
  socket.on('pong', () => {
    unanswered = 0
  })
  socket.on('close', () => clearInterval(pings))
}

function dispatch(listeners: Iterable<ComfyListener>, data: RawData, isBinary: boolean): void {
  const bytes = toBytes(data)
  if (isBinary) {
    const frame = parseBinaryFrame(bytes)
    if (frame) for (const listener of listeners) listener.onPreview(frame)
    return
  }
  const message = parseMessage(Buffer.from(bytes).toString('utf8'))
  if (message) for (const listener of listeners) listener.onMessage(message)
}

/** Opens the socket of one client id. Previews are negotiated by the first frame of each connection. */
export function openComfySocket(options: { url: string; clientId: string; times?: SocketTimes }): ComfySocket {
  const { clientId, times = defaults } = options
  const address = `${options.url.replace(/^http/, 'ws').replace(/\/+$/, '')}/api/ws?clientId=${encodeURIComponent(clientId)}`
  const listeners = new Set<ComfyListener>()
  let socket: WebSocket | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let failures = 0
  let heardAt = 0
  let restarts = 0
  let wasRefused = false
  let openedAt = 0

  function connect(): void {
    // permessage-deflate would cost the engine's event loop more than the loopback saves.
    const next = new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: times.pingMs })
    socket = next
    keepAlive(next, times.pingMs)
    next.on('open', () => {
      if (wasRefused && openedAt > 0) restarts += 1
      wasRefused = false
      openedAt = performance.now()
      next.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }))
    })
    next.on('message', (data, isBinary) => {
      heardAt = performance.now()
      failures = 0
      dispatch(listeners, data, isBinary)
    })
    // 'close' follows and says the rest.
    next.on('error', (error) => (wasRefused ||= 'code' in error && error.code === 'ECONNREFUSED'))
    next.on('close', () => {
      if (closed) return
      timer = setTimeout(connect, backoffMs(failures, times, Math.random()))
      failures += 1
    })
  }

  connect()
  return {
    clientId,
    isOpen: () => socket?.readyState === WebSocket.OPEN,
    restarts: () => restarts,
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
