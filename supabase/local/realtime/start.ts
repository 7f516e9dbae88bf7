import type { Server } from 'node:http'
import type { Hono } from 'hono'
import { pino } from 'pino'
import type { Logger } from 'pino'
import type { LocalContext } from '#supabase/local/context.ts'
import { topicPrefix } from './address.ts'
import { longestName } from './codec.ts'
import { createHub } from './hub.ts'
import { defaultLimits } from './limits.ts'
import type { RealtimeLimits } from './limits.ts'
import { createPresence } from './presence.ts'
import { startPruning } from './prune.ts'
import { createMessageStream, publication } from './replication.ts'
import type { MessageRow } from './replication.ts'
import { createBroadcastApp } from './rest.ts'
import type { Services } from './services.ts'
import { acceptSockets } from './upgrade.ts'

export type Realtime = {
  /** Mounted at `/realtime/v1`: broadcasts over HTTP. */
  app: Hono
  /** Open sockets and joined channels, for tests and status. */
  size: () => { sockets: number; channels: number }
  /** Ends sockets, timers, the stream and its slot. The HTTP server and the pool stay the caller's. */
  stop: () => Promise<void>
}

const firstStreamMs = 15_000

/**
 * Starts Realtime on `httpServer` (which may already listen) and waits until broadcasts from the database stream.
 * Rejects when they do not within 15 s, or when the database lacks `schema.sql`.
 */
export async function startRealtime(
  ctx: LocalContext,
  httpServer: Server,
  options: { log?: Logger; limits?: Partial<RealtimeLimits> } = {},
): Promise<Realtime> {
  const log = options.log ?? pino({ name: 'realtime', level: 'warn' })
  const limits = { ...defaultLimits, ...options.limits }
  await checkBootstrap(ctx)
  const hub = createHub()
  const stream = createMessageStream({
    adminUrl: ctx.adminUrl,
    admin: ctx.admin,
    onMessage: (row) => deliverRow(services, row),
    log,
  })
  const services: Services = { ctx, hub, presence: createPresence(), stream, limits, log }
  try {
    await stream.ready(AbortSignal.timeout(firstStreamMs))
  } catch (error) {
    await stream.stop()
    throw new Error('Broadcasts from the database do not stream', { cause: error })
  }
  const sockets = acceptSockets(services, httpServer)
  const pruning = startPruning(ctx.admin, log)
  return {
    app: createBroadcastApp(services),
    size: () => ({ sockets: sockets.size(), channels: hub.size() }),
    async stop() {
      await Promise.all([sockets.stop(), pruning.stop(), stream.stop()])
    },
  }
}

/** Postgres notices a missing publication only at the first row, long after the stream has started. */
async function checkBootstrap(ctx: LocalContext): Promise<void> {
  const found = await ctx.admin.query('select from pg_publication where pubname = $1', [publication])
  if (found.rowCount === 0) throw new Error(`The publication ${publication} is missing: the database is not prepared`)
}

function deliverRow(services: Services, row: MessageRow): void {
  const { limits, log, hub } = services
  const body = row.binary ? Buffer.from(row.payload.slice(2), 'hex') : Buffer.from(row.payload)
  const tooLong = Buffer.byteLength(topicPrefix + row.topic) > longestName || Buffer.byteLength(row.event) > longestName
  if (tooLong || body.length > limits.payloadBytes) {
    return log.warn({ topic: row.topic, event: row.event, bytes: body.length }, 'a database broadcast is too large')
  }
  hub.broadcast({
    name: row.topic,
    private: row.private,
    broadcast: { event: row.event, json: !row.binary, body },
    meta: { id: row.id },
    lossy: false,
    except: null,
  })
}
