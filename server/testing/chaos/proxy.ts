import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * What happens to one request. `refuse`: answered by the proxy, the other side never hears of it · `cut`: the
 * connection breaks before it is passed on · `half`: after half of the body · `lose`: after the other side has answered,
 * so that what it did stands and nobody knows · `stall`: held for `ms`, then broken · `slow`: held for `ms`, passed on ·
 * `keep`: held until then and passed on, whether or not its sender still waits.
 */
export type HttpFault =
  | { act: 'refuse'; status: number }
  | { act: 'cut' }
  | { act: 'half' }
  | { act: 'lose' }
  | { act: 'stall'; ms: number }
  | { act: 'slow'; ms: number }
  | { act: 'keep'; until: Promise<void> }

type Seen = { method: string; path: string; headers: IncomingHttpHeaders }

export type Told = { status: number; body: string }

/** A whole request, what it was answered (null: nothing), and a way to have it arrive once more. */
export type Heard = { body: string; answered: Promise<Told | null>; sendAgain: () => Promise<Told> }

export type Rule = {
  matches: (seen: Seen) => boolean
  fault: HttpFault | null
  /** How many requests it meets before it is spent. */
  times: number
  /** Told when it meets one, before anything happens to it. */
  onMet?: () => void
  /** Told when the whole of it has been read, before it is passed on. */
  onHeard?: (heard: Heard) => void
  /** Told when the other side has answered, before the caller hears of it. */
  onAnswer?: (body: string) => void
}

export type Proxy = {
  url: string
  port: number
  rules: Rule[]
  /** `freeze`: everything is taken and nothing moves (a half-open line); `refuse`: nobody is let in. */
  mode: 'pass' | 'freeze' | 'refuse'
  latencyMs: number
  /** Requests that a rule has met. */
  met: number
  /** Cuts every open WebSocket. */
  cutSockets: () => void
  /** Back to a good line. */
  heal: () => void
  stop: () => Promise<void>
}

const pollMs = 20

/** A reverse proxy on 127.0.0.1 in front of `target()`, asked at each request, with faults on demand. */
export async function startProxy(target: () => string, port = 0): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const sockets = new Set<Socket>()
  const server = createServer()
  const proxy: Proxy = {
    url: '',
    port: 0,
    rules: [],
    mode: 'pass',
    latencyMs: 0,
    met: 0,
    cutSockets: () => sockets.forEach((socket) => socket.destroy()),
    heal() {
      proxy.rules = []
      proxy.mode = 'pass'
      proxy.latencyMs = 0
    },
    async stop() {
      agent.destroy()
      sockets.forEach((socket) => socket.destroy())
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  server.on('connection', (socket) => {
    socket.setNoDelay(true)
    if (proxy.mode === 'refuse') socket.destroy()
  })
  server.on('request', (incoming, outgoing) => {
    handle({ proxy, agent, target }, incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  server.on('upgrade', (incoming, socket: Socket, head: Buffer) => {
    upgrade({ proxy, sockets, target }, incoming, { socket, head })
  })
  server.listen(port, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const address = server.address()
  proxy.port = typeof address === 'object' && address ? address.port : 0
  proxy.url = `http://127.0.0.1:${proxy.port}`
  return proxy
}

/** Waits while the line is frozen; false when the caller gave up meanwhile. */
async function thaw(proxy: Proxy, socket: Socket): Promise<boolean> {
  while (proxy.mode === 'freeze' && !socket.destroyed) await wait(pollMs)
  return !socket.destroyed
}

type Way = { proxy: Proxy; agent: Agent; target: () => string }

function take(proxy: Proxy, seen: Seen): Rule | null {
  const rule = proxy.rules.find((one) => one.times > 0 && one.matches(seen)) ?? null
  if (rule === null) return null
  rule.times -= 1
  proxy.met += 1
  rule.onMet?.()
  return rule
}

async function handle(way: Way, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { proxy } = way
  const { socket, method = 'GET', url: path = '/', headers } = incoming
  if (proxy.mode === 'refuse') return void socket.destroy()
  const rule = take(proxy, { method, path, headers })
  const body = await readAll(incoming)
  const onward: Onward = { method, path, headers, body, half: rule?.fault?.act === 'half' }
  if (rule === null) return carryOut({ way, onward, rule }, socket, outgoing)
  const answered = Promise.withResolvers<Told | null>()
  const sendAgain = async () => asText(await pass(way, onward))
  rule.onHeard?.({ body: body.toString(), answered: answered.promise, sendAgain })
  const onAnswer = (answer: Answer) => answered.resolve(asText(answer))
  try {
    await carryOut({ way, onward, rule, onAnswer }, socket, outgoing)
  } finally {
    answered.resolve(null)
  }
}

type Errand = { way: Way; onward: Onward; rule: Rule | null; onAnswer?: (answer: Answer) => void }

async function carryOut(errand: Errand, socket: Socket, outgoing: ServerResponse): Promise<void> {
  const { way, onward, rule } = errand
  const { proxy } = way
  const fault = rule?.fault ?? null
  if (proxy.latencyMs > 0) await wait(proxy.latencyMs)
  if (fault?.act === 'keep') await fault.until
  else if (!(await thaw(proxy, socket))) return
  if (fault?.act === 'cut') return void socket.destroy()
  if (fault?.act === 'refuse') return refuse(outgoing, fault.status)
  if (fault?.act === 'slow' || fault?.act === 'stall') await wait(fault.ms)
  if (fault?.act === 'stall') return void socket.destroy()
  const answer = await pass(way, onward, fault?.act === 'keep' ? undefined : socket)
  errand.onAnswer?.(answer)
  rule?.onAnswer?.(answer.body.toString())
  if (!(await thaw(proxy, socket))) return
  if (fault?.act === 'lose') return void socket.destroy()
  outgoing.writeHead(answer.status, answer.headers)
  outgoing.end(answer.body)
}

function refuse(outgoing: ServerResponse, status: number): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' })
  outgoing.end(JSON.stringify({ statusCode: String(status), error: 'chaos', message: 'chaos', code: '' }))
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

type Answer = { status: number; headers: IncomingMessage['headers']; body: Buffer }

const asText = ({ status, body }: Answer): Told => ({ status, body: body.toString() })

type Onward = Seen & { body: Buffer; half: boolean }

/** Passes it on; given up when `sender` goes away. */
function pass({ agent, target }: Way, { method, path, headers, body, half }: Onward, sender?: Socket): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(target())
    const { 'transfer-encoding': _chunked, ...kept } = headers
    const sized = { ...kept, ...(body.byteLength > 0 ? { 'content-length': String(body.byteLength) } : {}) }
    const onward = request({ hostname, port, method, path, headers: sized, agent }, (response) => {
      readAll(response).then((read) => {
        const { 'transfer-encoding': _chunks, ...rest } = response.headers
        resolve({ status: response.statusCode ?? 502, headers: rest, body: read })
      }, reject)
    })
    onward.once('error', reject)
    const givenUp = () => onward.destroy()
    sender?.once('close', givenUp)
    onward.once('close', () => sender?.off('close', givenUp))
    if (!half) return void onward.end(body)
    onward.write(body.subarray(0, body.byteLength >> 1), () => onward.destroy(new Error('cut half-way')))
  })
}

type Door = { proxy: Proxy; sockets: Set<Socket>; target: () => string }

/** A WebSocket: bytes both ways, held while the line is frozen. */
function upgrade(
  { proxy, sockets, target }: Door,
  incoming: IncomingMessage,
  { socket, head }: { socket: Socket; head: Buffer },
): void {
  const seen = { method: 'GET', path: incoming.url ?? '/', headers: incoming.headers }
  if (proxy.mode === 'refuse' || take(proxy, seen)?.fault) return void socket.destroy()
  const { hostname, port } = new URL(target())
  const far = connect(Number(port), hostname, () => {
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`]
    for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
      lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`)
    }
    far.write(`${lines.join('\r\n')}\r\n\r\n`)
    far.write(head)
    carry(proxy, socket, far)
    carry(proxy, far, socket)
  })
  far.setNoDelay(true)
  sockets.add(socket)
  const end = () => {
    sockets.delete(socket)
    socket.destroy()
    far.destroy()
  }
  for (const side of [socket, far]) side.once('close', end).on('error', end)
}

/** Carries bytes in order, late by the latency, and not at all while the line is frozen. */
export function carry(line: Pick<Proxy, 'mode' | 'latencyMs'>, from: Socket, to: Socket): void {
  let last = Promise.resolve()
  from.on('data', (chunk: Buffer) => {
    if (line.mode === 'pass' && line.latencyMs === 0 && !from.isPaused()) {
      last = last.then(() => void to.write(chunk))
      return
    }
    from.pause()
    const due = performance.now() + line.latencyMs
    last = last.then(async () => {
      while (performance.now() < due) await wait(Math.max(1, due - performance.now()))
      while (line.mode === 'freeze' && !from.destroyed) await wait(pollMs)
      if (!to.destroyed) to.write(chunk)
      from.resume()
    })
  })
}
