import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import { Folders } from './core/files.ts'
import type { Faults } from './core/faults.ts'
import { Machine } from './core/machine.ts'
import { createApp } from './http/app.ts'
import { originRefused } from './http/origin.ts'
import { createNoisePainter, type PaintService } from './paint/noise-painter.ts'
import { Painter } from './paint/painter.ts'

export type StandinOptions = {
  /** 0 (default) takes any free port. Always on loopback. */
  port?: number
  /** Pace of sampler steps, ms. */
  stepMs?: number
  /** How long a model file's first load takes, ms. */
  loadMs?: number
  /** Largest request body, bytes. */
  maxBody?: number
  /** Longest side of preview frames, px. */
  previewSide?: number
  /** A paint thread shared by several stand-ins; its owner stops it. */
  painter?: PaintService
  /** Every picture is noise of about so many bytes as a PNG, made at once; 0 (default) paints. */
  noiseBytes?: number
  /** Fixes the random letters of temp file names; 0 (default) does not. */
  seed?: number
}

export type Standin = {
  url: string
  faults: Pick<Faults, 'arm' | 'clear' | 'report'>
  /** The process below the HTTP, for tests that look inside. */
  machine: Machine
  stop: () => Promise<void>
}

const host = '127.0.0.1'

/** Starts a ComfyUI stand-in in this process, with folders of its own that `stop` removes. */
export async function startStandin(options: StandinOptions = {}): Promise<Standin> {
  const folders = new Folders(mkdtempSync(join(tmpdir(), 'forge-standin-')))
  const painter = options.painter ?? (options.noiseBytes ? createNoisePainter(options.noiseBytes) : new Painter())
  const machine = new Machine(
    {
      stepMs: options.stepMs ?? 60,
      loadMs: options.loadMs ?? 150,
      previewSide: options.previewSide ?? 512,
      seed: options.seed ?? 0,
      folders,
      painter,
    },
    (downMs) => void restart(downMs),
  )
  const app = createApp(machine, options.maxBody ?? 104_857_600)
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => upgrade({ machine, sockets, request, socket, head }))
  try {
    await listen(server, options.port ?? 0)
  } catch (error) {
    folders.remove()
    throw error
  }
  const { port } = server.address() as AddressInfo
  let stopped = false
  machine.start()

  async function restart(downMs: number): Promise<void> {
    machine.wipe()
    await close(server)
    await sleep(downMs)
    if (stopped) return
    await listen(server, port)
    machine.start()
  }

  async function stop(): Promise<void> {
    if (stopped) return
    stopped = true
    machine.stop()
    sockets.close()
    await close(server)
    if (options.painter === undefined) await painter.stop()
    folders.remove()
  }

  return { url: `http://${host}:${port}`, faults: machine.faults, machine, stop }
}

function upgrade(at: {
  machine: Machine
  sockets: WebSocketServer
  request: IncomingMessage
  socket: Duplex
  head: Buffer
}): void {
  const { machine, sockets, request, socket, head } = at
  const url = new URL(request.url ?? '/', 'http://standin')
  const refused = originRefused((name) => {
    const value = request.headers[name]
    return Array.isArray(value) ? value[0] : value
  })
  if (refused || (url.pathname !== '/ws' && url.pathname !== '/api/ws')) {
    socket.end(
      `HTTP/1.1 ${refused ? '403 Forbidden' : '404 Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    )
    return
  }
  sockets.handleUpgrade(request, socket, head, (client) => {
    machine.hub.attach(client, url.searchParams.get('clientId') || randomBytes(16).toString('hex'))
  })
}

async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, () => {
    server.off('error', reject)
    resolve()
  })
  await promise
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  await promise
}
