import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { TestServer } from './server.ts'

export type Frame = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: unknown]

/** A client that follows no rules. */
export type RawSocket = {
  ws: WebSocket
  /** Text messages so far, in the form of 2.0.0. */
  frames: Frame[]
  send: (...frame: Frame) => void
  /** Joins a public channel and waits for the reply. */
  join: (name: string, config?: object) => Promise<Frame>
  /** Close code, when it closes. */
  closed: Promise<number>
}

/** Opens a socket with the publishable key, protocol 2.0.0. */
export async function openRaw(server: TestServer): Promise<RawSocket> {
  const ws = new WebSocket(socketUrl(server, { apikey: server.keys.publishableKey, vsn: '2.0.0' }))
  const frames: Frame[] = []
  ws.on('message', (data, isBinary) => {
    if (!isBinary) frames.push(JSON.parse((data as Buffer).toString()) as Frame)
  })
  ws.on('error', () => {})
  const closed = new Promise<number>((resolve) => {
    ws.on('close', resolve)
  })
  await once(ws, 'open')
  const send = (...frame: Frame) => ws.send(JSON.stringify(frame))
  return {
    ws,
    frames,
    send,
    closed,
    async join(name, config = {}) {
      const topic = `realtime:${name}`
      send('1', '1', topic, 'phx_join', { config })
      for (;;) {
        const reply = frames.findLast((frame) => frame[2] === topic && frame[3] === 'phx_reply')
        if (reply !== undefined) return reply
        await once(ws, 'message')
      }
    },
  }
}

export function socketUrl(server: TestServer, params: Record<string, string>): string {
  const url = new URL('/realtime/v1/websocket', server.url.replace('http', 'ws'))
  for (const [key, value] of Object.entries(params)) url.searchParams.set(key, value)
  return url.href
}

/** Status and body of an upgrade that is refused. */
export function refusal(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, { headers })
    ws.on('open', () => {
      ws.terminate()
      reject(new Error('The upgrade was accepted'))
    })
    ws.on('error', () => {})
    ws.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
  })
}
