import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Vsn } from './codec.ts'
import { openConnection } from './connection.ts'
import type { Connection } from './connection.ts'
import { identify, RealtimeRefusal } from './identity.ts'
import type { Identity } from './identity.ts'
import type { Services } from './services.ts'

const mount = '/realtime/v1/'
const path = `${mount}websocket`
const goingAway = 1001
const closeGraceMs = 250

export type SocketServer = {
  /** Number of open sockets. */
  size: () => number
  /** Closes every socket and answers no further upgrade. */
  stop: () => Promise<void>
}

/** Answers WebSocket upgrades of `httpServer` at the Realtime path: 401 without a key that this stack issued. */
export function acceptSockets(services: Services, httpServer: Server): SocketServer {
  const { limits, log } = services
  const connections = new Set<Connection>()
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
  })

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname !== path) {
      // Other paths may be another listener's; alone, an unanswered socket would stay open for ever.
      if (url.pathname.startsWith(mount) || httpServer.listenerCount('upgrade') === 1) refuse(socket, 404, 'Not found')
      return
    }
    const vsn = vsnOf(url.searchParams.get('vsn'))
    if (vsn === null) return refuse(socket, 400, 'The requested vsn is not supported')
    const header = request.headers['x-api-key']
    const apikey = (typeof header === 'string' ? header : null) ?? url.searchParams.get('apikey')
    if (apikey === null || apikey === '') return refuse(socket, 401, 'API key is missing')
    let identity: Identity
    try {
      identity = await identify(services.ctx, apikey)
    } catch (error) {
      return refuse(socket, 401, error instanceof RealtimeRefusal ? error.message : 'API key could not be checked')
    }
    if (stopped || socket.destroyed) return void socket.destroy()
    wss.handleUpgrade(request, socket, head, (ws) => {
      const connection = openConnection(services, ws, { vsn, identity, onClose: () => connections.delete(connection) })
      connections.add(connection)
    })
  }

  let stopped = false
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    upgrade(request, socket, head).catch((error: unknown) => {
      log.error({ err: error }, 'an upgrade failed')
      socket.destroy()
    })
  }
  httpServer.on('upgrade', onUpgrade)
  const idle = setInterval(() => {
    const oldest = performance.now() - limits.idleMs
    for (const connection of connections) if (connection.lastHeard() < oldest) connection.terminate()
  }, limits.idleMs / 4)

  return {
    size: () => connections.size,
    async stop() {
      stopped = true
      clearInterval(idle)
      httpServer.off('upgrade', onUpgrade)
      await closeAll(connections)
    },
  }
}

/** Says goodbye, and cuts off whoever has not answered shortly after. */
async function closeAll(connections: ReadonlySet<Connection>): Promise<void> {
  const deadline = performance.now() + closeGraceMs
  for (const connection of connections) connection.close(goingAway, 'Realtime is restarting')
  while (connections.size > 0 && performance.now() < deadline) await nap()
  for (const connection of connections) connection.terminate()
  while (connections.size > 0) await nap()
}

function nap(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5)
  })
}

function vsnOf(given: string | null): Vsn | null {
  // Phoenix's default when the client does not say.
  const vsn = given ?? '1.0.0'
  return vsn === '1.0.0' || vsn === '2.0.0' ? vsn : null
}

function refuse(socket: Duplex, status: 400 | 401 | 404, error: string): void {
  const names = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found' }
  const body = JSON.stringify({ error })
  socket.end(
    `HTTP/1.1 ${status} ${names[status]}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
