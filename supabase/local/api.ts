import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

import { getRequestListener } from '@hono/node-server'
import type { Pool } from 'pg'
import { pino } from 'pino'
import type { Logger } from 'pino'

import { runAsCaller } from './as-caller.ts'
import { createAuthApp } from './auth/app.ts'
import { createInbox } from './auth/inbox.ts'
import type { AuthSettings } from './auth/settings.ts'
import type { LocalContext, LocalKeys } from './context.ts'
import { createGateway, isLoopbackHost } from './gateway.ts'
import { openPool } from './open-pool.ts'
import { checkPort } from './postgres/ports.ts'
import { loginUrl } from './prepare.ts'
import { startRealtime } from './realtime/start.ts'
import { createRestApp } from './rest/app.ts'
import { createStorageApp } from './storage/app.ts'
import type { StorageSettings } from './storage/service.ts'

const drainMs = 2000

export type ApiOptions = {
  /** `supabase_admin` on a prepared database. */
  adminUrl: string
  keys: LocalKeys
  /** 0 means any free port. */
  port: number
  /** Where clients reach it, when that is through a proxy: tokens name it as their issuer. */
  publicUrl?: string
  /** Folder for stored objects; made when missing. */
  objectsDir: string
  log?: Logger
  /** What differs from the defaults of one developer's machine. */
  auth?: Partial<AuthSettings>
  storage?: Partial<StorageSettings>
}

export type Api = { url: string; stop: () => Promise<void> }

/** Serves Auth, REST, Storage and Realtime over a prepared database, on 127.0.0.1 only. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { adminUrl, keys, objectsDir, log = pino({ name: 'supabase', level: 'warn' }) } = options
  await mkdir(objectsDir, { recursive: true, mode: 0o700 })
  const admin = openPool(adminUrl, 10, log)
  const callers = openPool(loginUrl(adminUrl, 'authenticator'), 20, log, true)
  let answer: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 503 })
  const listener = getRequestListener((request) => answer(request))
  const http = createServer((request, response) => void listener(request, response))
  http.on('upgrade', refuseForeignUpgrade)
  const closePools = (): Promise<unknown> => Promise.all([admin.end(), callers.end()])
  try {
    const url = await listen(http, options.port)
    const asCaller: LocalContext['asCaller'] = (caller, work) => runAsCaller(callers, caller, false, work)
    const ctx: LocalContext = { url: options.publicUrl ?? url, keys, admin, adminUrl, asCaller, objectsDir }
    const realtime = await startRealtime(ctx, http, { log })
    const gateway = createGateway(
      {
        '/rest/v1': createRestApp(ctx, { pool: callers, log }),
        '/auth/v1': createAuthApp(ctx, options.auth),
        '/storage/v1': createStorageApp(ctx, options.storage),
        '/realtime/v1': realtime.app,
      },
      { isHealthy: () => isAnswering(admin), inbox: createInbox(ctx), log },
    )
    answer = (request) => gateway.fetch(request)
    return {
      url,
      async stop() {
        const closed = closeServer(http)
        await realtime.stop()
        await closed
        await closePools()
      },
    }
  } catch (error) {
    await closeServer(http)
    await closePools()
    throw error
  }
}

/** The gateway sees no upgrades: this listener comes before Realtime's, which answers its own path only. */
function refuseForeignUpgrade(request: IncomingMessage, socket: Duplex): void {
  const known = request.url?.startsWith('/realtime/v1/') === true
  if (!known || !isLoopbackHost(request.headers.host)) socket.destroy()
}

async function isAnswering(pool: Pool): Promise<boolean> {
  return pool.query('select 1').then(
    () => true,
    () => false,
  )
}

async function listen(http: Server, port: number): Promise<string> {
  if (port !== 0) await checkPort(port, 'SUPABASE_PORT')
  await new Promise<void>((done, fail) => {
    http.once('error', fail)
    http.listen(port, '127.0.0.1', done)
  })
  const address = http.address()
  if (typeof address !== 'object' || address === null) throw new Error('A listening server has an address')
  return `http://127.0.0.1:${address.port}`
}

/** Lets requests under way finish, then cuts what is left. */
async function closeServer(http: Server): Promise<void> {
  if (!http.listening) return
  const cut = setTimeout(() => http.closeAllConnections(), drainMs)
  await new Promise((done) => {
    http.close(done)
    http.closeIdleConnections()
  })
  clearTimeout(cut)
}
