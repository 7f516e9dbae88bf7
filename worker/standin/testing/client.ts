import { randomUUID } from 'node:crypto'
import sharp from 'sharp'
import { WebSocket } from 'ws'
import type { Graph } from '../core/types.ts'

export type Message = { type: string; data: Record<string, unknown> }

/** One line per event, without ids, times and what progress_state repeats. */
export function eventLine(message: Message): string {
  const { type, data } = message
  if (type === 'status') {
    const { exec_info } = data['status'] as { exec_info: { queue_remaining: number } }
    return `status ${exec_info.queue_remaining}${'sid' in data ? ' sid' : ''}`
  }
  if (type === 'progress_state') {
    const nodes = Object.entries(data['nodes'] as Record<string, { state: string; value: number; max: number }>)
    const [id, last] = nodes.at(-1) ?? ['', { state: '', value: 0, max: 0 }]
    return `progress_state ${nodes.length} ${id}:${last.state}:${last.value}/${last.max}`
  }
  if (type === 'progress') return `progress ${String(data['node'])} ${String(data['value'])}/${String(data['max'])}`
  if (type === 'execution_cached') return `execution_cached ${(data['nodes'] as string[]).join(',')}`.trim()
  if (type === 'executing' || type === 'executed') return `${type} ${(data['node'] as string | null) ?? 'None'}`
  return type
}

/** A ComfyUI client for tests: one socket, what it heard, and the calls tests make. */
export class TestClient {
  readonly url: string
  readonly id: string
  readonly lines: string[] = []
  readonly messages: Message[] = []
  readonly frames: Buffer[] = []
  closed = false
  private readonly socket: WebSocket
  private readonly watchers = new Set<() => void>()

  private constructor(url: string, id: string, negotiate: boolean) {
    this.url = url
    this.id = id
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/ws?clientId=${id}`)
    this.socket.on('message', (raw: Buffer, binary) => {
      if (binary) this.hearFrame(raw)
      else this.hear(JSON.parse(raw.toString('utf8')) as Message)
    })
    this.socket.on('open', () => {
      if (negotiate) this.socket.send('{"type":"feature_flags","data":{"supports_preview_metadata":true}}')
    })
    this.socket.on('error', () => null)
    this.socket.on('close', () => {
      this.closed = true
      this.notify()
    })
  }

  static async open(
    url: string,
    options: { id?: string; negotiate?: boolean; silent?: boolean } = {},
  ): Promise<TestClient> {
    const client = new TestClient(url, options.id ?? randomUUID(), options.negotiate ?? true)
    const first = options.negotiate === false ? 'status' : 'feature_flags'
    if (options.silent !== true) await client.until(() => client.lines.some((line) => line.startsWith(first)))
    else await new Promise((resolve) => client.socket.once('open', resolve))
    return client
  }

  private hear(message: Message): void {
    this.messages.push(message)
    this.lines.push(eventLine(message))
    this.notify()
  }

  private hearFrame(frame: Buffer): void {
    this.frames.push(frame)
    this.lines.push(`binary ${frame.readUInt32BE(0)}`)
    this.notify()
  }

  private notify(): void {
    for (const watcher of this.watchers) watcher()
  }

  /** Waits until something heard makes `done` true; fails after 5 s. */
  async until(done: () => boolean): Promise<void> {
    if (done()) return
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new Error(`not heard; last: ${this.lines.slice(-5).join(' | ')}`)), 5000)
    const watcher = () => {
      if (done()) resolve()
    }
    this.watchers.add(watcher)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.watchers.delete(watcher)
    }
  }

  untilEnd(promptId: string): Promise<void> {
    return this.until(() =>
      this.messages.some(
        ({ type, data }) => type === 'executing' && data['node'] === null && data['prompt_id'] === promptId,
      ),
    )
  }

  untilLine(start: string): Promise<void> {
    return this.until(() => this.lines.some((line) => line.startsWith(start)))
  }

  /** Posts a graph under this client; the id is chosen here. */
  async submit(
    graph: Graph,
    extra: Record<string, unknown> = {},
  ): Promise<{ id: string; status: number; body: Record<string, unknown> }> {
    const id = randomUUID()
    const body = {
      prompt: graph,
      prompt_id: id,
      client_id: this.id,
      extra_data: { preview_method: 'latent2rgb' },
      ...extra,
    }
    const response = await this.post('/api/prompt', body)
    return { id, status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  async run(graph: Graph, extra: Record<string, unknown> = {}): Promise<string> {
    const { id } = await this.submit(graph, extra)
    await this.untilEnd(id)
    return id
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const init = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    }
    return fetch(`${this.url}${path}`, init)
  }

  async json(path: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.url}${path}`)
    return (await response.json()) as Record<string, unknown>
  }

  /** The picture of a finished prompt. */
  async result(promptId: string): Promise<Buffer> {
    const history = (await this.json(`/api/history/${promptId}`)) as Record<
      string,
      { outputs: Record<string, { images: Record<string, string>[] }> }
    >
    const image = Object.values(history[promptId]?.outputs ?? {})[0]?.images[0] ?? {}
    const response = await fetch(`${this.url}/api/view?${new URLSearchParams(image)}`)
    return Buffer.from(await response.arrayBuffer())
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.until(() => this.closed)
  }
}

/** A small photograph-like PNG: a bright disc on a sloping ground. */
export function testImage(side = 64, turn = 0): Promise<Buffer> {
  const data = Buffer.alloc(side * side * 3)
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const inside = Math.hypot(x - side * 0.55, y - side * 0.45) < side * 0.28
      const pixel = inside ? [230 - turn, 140, 60 + turn] : [(x * 160) / side, (y * 120) / side + turn / 4, 90]
      data.set(pixel, (y * side + x) * 3)
    }
  }
  return sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer()
}

export async function upload(
  url: string,
  name: string,
  body: Buffer,
  fields: Record<string, string> = {},
): Promise<Response> {
  const form = new FormData()
  form.set('image', new File([new Uint8Array(body)], name))
  for (const [key, value] of Object.entries(fields)) form.set(key, value)
  return fetch(`${url}/api/upload/image`, { method: 'POST', body: form })
}

/** Mean absolute difference of two pictures, 0 … 255. */
export async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [first, second] = await Promise.all([a, b].map((png) => sharp(png).removeAlpha().raw().toBuffer()))
  if (first === undefined || second === undefined) throw new Error('no pixels')
  let sum = 0
  for (let i = 0; i < first.length; i += 1) sum += Math.abs((first[i] ?? 0) - (second[i] ?? 0))
  return sum / first.length
}
