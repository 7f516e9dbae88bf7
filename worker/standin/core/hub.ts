import { WebSocket } from 'ws'
import type { Faults } from './faults.ts'
import { previewFrame, previewWithMetadataFrame } from './frames.ts'

/** What /features and the negotiation answer. */
export const serverFeatures = {
  supports_preview_metadata: true,
  supports_model_type_tags: true,
  max_upload_size: 104_857_600,
  extension: { manager: { supports_v4: true } },
  node_replacements: true,
  assets: false,
}

/** A client this far behind is dropped, so it cannot hold the process's memory. Bytes. */
const maxBacklog = 64 * 1024 * 1024

type Client = { socket: WebSocket; sid: string; wantsMetadata: boolean; mute: boolean }

type Hooks = {
  remaining: () => number
  /** The node now running for this client, for one that comes back mid-run. */
  runningNode: (sid: string) => string | null
}

/**
 * The sockets. One per sid, the newest wins; when an older socket of that sid closes later, the newer one is
 * forgotten too and hears nothing more, which is ComfyUI's own fault on early reconnects.
 */
export class Hub {
  private readonly clients = new Map<string, Client>()
  private readonly open = new Set<Client>()
  private readonly known = new Set<string>()
  private readonly faults: Faults
  private readonly hooks: Hooks
  private held: (() => void)[] | null = null
  private timer: NodeJS.Timeout | null = null

  constructor(faults: Faults, hooks: Hooks) {
    this.faults = faults
    this.hooks = hooks
  }

  attach(socket: WebSocket, sid: string): void {
    const client: Client = { socket, sid, wantsMetadata: false, mute: false }
    const orphan = this.known.has(sid) && this.faults.take('orphan') !== null
    this.open.add(client)
    this.known.add(sid)
    if (orphan) client.mute = true
    else this.clients.set(sid, client)
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      this.open.delete(client)
      this.clients.delete(sid)
    })
    this.listenForFlags(client)
    this.emit([client], { type: 'status', data: { status: this.status(), sid } })
    const node = this.hooks.runningNode(sid)
    if (node !== null) this.emit([client], { type: 'executing', data: { node } })
  }

  /** Only the first text frame of a connection can negotiate. */
  private listenForFlags(client: Client): void {
    client.socket.once('message', (raw, isBinary) => {
      if (isBinary) return
      // ws gives text frames as one Buffer, its default binary type.
      const message = parse((raw as Buffer).toString('utf8'))
      if (message?.type !== 'feature_flags') return
      client.wantsMetadata = message.data?.['supports_preview_metadata'] === true
      this.emit([client], { type: 'feature_flags', data: serverFeatures })
    })
  }

  private status(): { exec_info: { queue_remaining: number } } {
    return { exec_info: { queue_remaining: this.hooks.remaining() } }
  }

  broadcastStatus(): void {
    this.emit([...this.clients.values()], { type: 'status', data: { status: this.status() } })
  }

  /** To the prompt's own client only; to nobody when it has none. */
  toClient(sid: string | null, type: string, data: Record<string, unknown>): void {
    const client = sid === null ? undefined : this.clients.get(sid)
    if (client !== undefined) this.emit([client], { type, data })
  }

  /** To the prompt's own client, or to every socket when it has none. */
  toClientOrAll(sid: string | null, type: string, data: Record<string, unknown>): void {
    this.emit(this.audience(sid), { type, data })
  }

  /** Sends `progress` with its preview: metadata frame first for negotiated clients, plain frame last for others. */
  progress(sid: string | null, data: Record<string, unknown>, preview: { jpeg: Buffer; nodeId: string } | null): void {
    const promptId = String(data['prompt_id'])
    for (const client of this.audience(sid)) {
      if (preview !== null && client.wantsMetadata) {
        this.emit([client], previewWithMetadataFrame(preview.jpeg, preview.nodeId, promptId))
      }
      this.emit([client], { type: 'progress', data })
      if (preview !== null && !client.wantsMetadata) this.emit([client], previewFrame(preview.jpeg))
    }
  }

  private audience(sid: string | null): Client[] {
    if (sid === null) return [...this.clients.values()]
    const client = this.clients.get(sid)
    return client === undefined ? [] : [client]
  }

  private emit(clients: Client[], message: Buffer | { type: string; data: unknown }): void {
    const body = Buffer.isBuffer(message) ? message : JSON.stringify(message)
    const send = () => {
      for (const client of clients) this.deliver(client, body)
    }
    if (this.held === null) send()
    else this.held.push(send)
  }

  private deliver(client: Client, body: Buffer | string): void {
    if (client.mute || client.socket.readyState !== WebSocket.OPEN) return
    if (client.socket.bufferedAmount > maxBacklog) {
      client.socket.terminate()
      return
    }
    client.socket.send(body)
    this.countDown('mute')
    this.countDown('close')
  }

  private countDown(kind: 'mute' | 'close'): void {
    const fault = this.faults.peek(kind)
    if (fault === null) return
    fault.after -= 1
    if (fault.after <= 0) this.fire(kind)
  }

  private fire(kind: 'mute' | 'close'): void {
    this.faults.take(kind)
    for (const client of this.open) {
      if (kind === 'mute') client.mute = true
      else client.socket.terminate()
    }
  }

  /** Acts on a switch that is due now: `after: 0` with somebody connected. */
  faultArmed(kind: 'mute' | 'close'): void {
    const due = this.faults.peek(kind)
    if (due !== null && due.after === 0 && this.open.size > 0) this.fire(kind)
  }

  /** Holds every event for `ms`, then sends them in order: the publish loop stuck on one slow client. */
  stall(ms: number): void {
    this.held ??= []
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      const sends = this.held ?? []
      this.held = null
      for (const send of sends) send()
    }, ms)
  }

  /** Drops every connection without a close frame, as a killed process does. */
  terminateAll(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.held = null
    this.clients.clear()
    this.known.clear()
    for (const client of this.open) client.socket.terminate()
    this.open.clear()
  }

  count(): number {
    return this.open.size
  }
}

function parse(text: string): { type?: unknown; data?: Record<string, unknown> } | null {
  try {
    const value: unknown = JSON.parse(text)
    return value !== null && typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
