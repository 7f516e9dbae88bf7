import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication'
import type { Pgoutput } from 'pg-logical-replication'
import type { Logger } from 'pino'

/** A committed row of `realtime.messages`, as text. */
export type MessageRow = {
  id: string
  topic: string
  event: string
  private: boolean
  /** JSON text, or hex with the `\x` prefix when `binary`. */
  payload: string
  binary: boolean
}

export type MessageStream = {
  /** Resolves when rows are being streamed; rejects when `signal` aborts first. */
  ready: (signal: AbortSignal) => Promise<void>
  /** Ends the stream and its slot. */
  stop: () => Promise<void>
}

type StreamOptions = {
  adminUrl: string
  /** Asked at the end whether the slot is gone. */
  admin: pg.Pool
  onMessage: (row: MessageRow) => void
  log: Logger
}

/** Made by `schema.sql`. */
export const publication = 'supabase_realtime_messages_publication'
const firstRetryMs = 50
const lastRetryMs = 2000
/** A session that lived this long earns the short retry again. */
const steadyMs = 5000
const closeMs = 2000

/**
 * Streams committed rows of `realtime.messages` out of the WAL. The slot is temporary, as on hosted projects: it holds
 * no WAL while nobody reads, goes when its connection goes, and rows committed while it is away are not sent later.
 * After a lost connection it comes back with backoff, for as long as it takes.
 */
export function createMessageStream({ adminUrl, admin, onMessage, log }: StreamOptions): MessageStream {
  const stopping = new AbortController()
  let up = Promise.withResolvers<void>()
  let isUp = false
  let slot = ''

  async function session(): Promise<void> {
    const service = new LogicalReplicationService(
      { connectionString: adminUrl, application_name: 'realtime stream', keepAlive: true },
      { acknowledge: { auto: false, timeoutSeconds: 10 }, flowControl: { enabled: false } },
    )
    service.on('error', (error) => log.debug({ err: error }, 'replication connection failed'))
    service.on('data', (_lsn, message: Pgoutput.Message) => {
      const row = messageRow(message)
      if (row !== null) onMessage(row)
    })
    service.on('heartbeat', (lsn, _time, shouldRespond) => {
      // The server ends a stream that stays silent for wal_sender_timeout.
      if (shouldRespond) void service.acknowledge(before(lsn))
    })
    service.on('start', () => {
      isUp = true
      up.resolve()
    })
    const end = () => void service.destroy()
    stopping.signal.addEventListener('abort', end, { once: true })
    slot = slotName()
    try {
      await service.subscribe(new TemporarySlot(log, stopping.signal), slot)
    } finally {
      stopping.signal.removeEventListener('abort', end)
      if (isUp) up = Promise.withResolvers()
      isUp = false
      await Promise.race([service.destroy(), sleep(closeMs, undefined, { ref: false })])
    }
  }

  async function run(): Promise<void> {
    let retryMs = firstRetryMs
    while (!stopping.signal.aborted) {
      const started = performance.now()
      const cause = await session().then(
        () => 'the server ended the stream',
        (error: unknown) => error,
      )
      if (stopping.signal.aborted) return
      if (performance.now() - started > steadyMs) retryMs = firstRetryMs
      log.warn({ err: cause, retryMs }, 'replication stream lost; broadcasts from the database pause')
      await sleep(retryMs * (0.5 + Math.random()), undefined, { signal: stopping.signal }).catch(() => {})
      retryMs = Math.min(retryMs * 2, lastRetryMs)
    }
  }

  const running = run()
  return {
    ready: (signal) => untilReady(() => up.promise, signal),
    async stop() {
      stopping.abort()
      await running
      await untilGone(admin, slot)
    },
  }
}

/**
 * The position one byte earlier. The library adds one to what it acknowledges, and a server that shuts down waits for
 * the acknowledgement of exactly what it has sent.
 */
export function before(lsn: string): string {
  const [high = '0', low = '0'] = lsn.split('/')
  const position = ((BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)) - 1n
  if (position < 0n) return '0/0'
  return `${(position >> 32n).toString(16)}/${(position & 0xffffffffn).toString(16)}`.toUpperCase()
}

/** The broadcast that a change of the publication carries, or `null`. */
export function messageRow(message: Pgoutput.Message): MessageRow | null {
  if (message.tag !== 'insert' || message.relation.schema !== 'realtime') return null
  const { id, topic, event, extension, payload, binary_payload: bytes, private: isPrivate } = message.new
  const body: unknown = bytes ?? payload
  if (extension !== 'broadcast' || typeof event !== 'string' || typeof topic !== 'string') return null
  if (typeof id !== 'string' || typeof body !== 'string') return null
  return { id, topic, event, private: isPrivate === 't', payload: body, binary: typeof bytes === 'string' }
}

async function untilReady(current: () => Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([current(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The backend drops its slot a moment after its socket closed; a database cannot be dropped before. */
async function untilGone(admin: pg.Pool, slot: string): Promise<void> {
  const deadline = performance.now() + closeMs
  while (performance.now() < deadline) {
    const found = await admin.query('select from pg_replication_slots where slot_name = $1', [slot]).catch(() => null)
    // No answer means no server, and so no slot.
    if (found === null || found.rowCount === 0) return
    await sleep(10)
  }
}

function slotName(): string {
  return `realtime_messages_${process.pid}_${randomBytes(6).toString('hex')}`
}

/** pgoutput over a slot made on the same connection, with values left as text. */
class TemporarySlot extends PgoutputPlugin {
  readonly #log: Logger
  readonly #stopping: AbortSignal

  constructor(log: Logger, stopping: AbortSignal) {
    super({ protoVersion: 1, publicationNames: [publication] })
    this.#log = log
    this.#stopping = stopping
  }

  override async start(client: pg.Client, slot: string, lastLsn: string): Promise<unknown> {
    // A stop while the client was still connecting found nothing to close.
    this.#stopping.throwIfAborted()
    // Keywords of the replication protocol must be in capitals.
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`)
    const streaming: unknown = await super.start(client, slot, lastLsn)
    return streaming
  }

  override parse(buffer: Buffer): Pgoutput.Message {
    try {
      const message = super.parse(buffer)
      // Relations come before their rows and again after every change of the catalogue, so the parsers that would
      // turn JSON into objects and back are replaced as they arrive.
      if (message.tag === 'relation') for (const column of message.columns) column.parser = asText
      return message
    } catch (error) {
      // The caller is a socket's event handler: thrown here, one unreadable message would end the process.
      this.#log.error({ err: error }, 'unreadable replication message')
      return { tag: 'origin', originLsn: null, originName: 'unreadable' }
    }
  }
}

function asText(raw: unknown): unknown {
  return raw
}
