import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer, type RawData } from 'ws'

type Wire = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: unknown]

/** Phoenix as Realtime speaks it (protocol 2.0.0): joins, heartbeats, broadcasts; no rights, no database. */
export type FakeRealtime = {
  url: string
  /** Topics joined so far, repeats included, with the token of each join. */
  joins: { topic: string; token: unknown }[]
  /** Broadcasts heard from clients. */
  heard: { topic: string; event: string; payload: unknown }[]
  broadcast: (topic: string, event: string, payload: unknown) => void
  /** Ends one channel as the server does when a token has expired. */
  closeChannel: (topic: string) => void
  /** Cuts every connection. */
  cut: () => void
  /** While false, joins are refused. */
  admit: boolean
  stop: () => Promise<void>
}

function decodeBroadcast(bytes: Buffer): FakeRealtime['heard'][number] {
  const sizes = [...bytes.subarray(1, 6)]
  const parts: string[] = []
  let at = 7
  for (const size of sizes) {
    parts.push(bytes.toString('utf8', at, at + size))
    at += size
  }
  const [, , topic = '', event = ''] = parts
  return { topic: topic.replace('realtime:', ''), event, payload: JSON.parse(bytes.toString('utf8', at)) }
}

export async function startFakeRealtime(): Promise<FakeRealtime> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http })
  const joined = new Map<string, Set<WebSocket>>()

  function send(socket: WebSocket, message: Wire): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
  }

  function answer(socket: WebSocket, [joinRef, ref, topic, event, payload]: Wire): void {
    const ok: Wire = [joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} }]
    if (event === 'phx_join') {
      fake.joins.push({
        topic: topic.replace('realtime:', ''),
        token: (payload as { access_token?: unknown }).access_token,
      })
      if (!fake.admit)
        return send(socket, [joinRef, ref, topic, 'phx_reply', { status: 'error', response: { reason: 'no' } }])
      joined.set(topic, (joined.get(topic) ?? new Set()).add(socket))
    }
    if (event === 'phx_leave') joined.get(topic)?.delete(socket)
    if (['phx_join', 'phx_leave', 'heartbeat'].includes(event)) send(socket, ok)
  }

  sockets.on('connection', (socket) => {
    socket.on('message', (data: RawData, isBinary) => {
      const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer)
      if (isBinary) fake.heard.push(decodeBroadcast(bytes))
      else answer(socket, JSON.parse(bytes.toString('utf8')) as Wire)
    })
    socket.on('close', () => joined.forEach((members) => members.delete(socket)))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))

  const members = (topic: string) => [...(joined.get(`realtime:${topic}`) ?? [])]
  const fake: FakeRealtime = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    joins: [],
    heard: [],
    admit: true,
    broadcast(topic, event, payload) {
      for (const socket of members(topic))
        send(socket, [null, null, `realtime:${topic}`, 'broadcast', { type: 'broadcast', event, payload }])
    },
    closeChannel(topic) {
      for (const socket of members(topic)) send(socket, [null, null, `realtime:${topic}`, 'phx_close', {}])
      joined.delete(`realtime:${topic}`)
    },
    cut: () => sockets.clients.forEach((socket) => socket.terminate()),
    async stop() {
      fake.cut()
      sockets.close()
      await new Promise<void>((resolve) => http.close(() => resolve()))
    },
  }
  return fake
}
