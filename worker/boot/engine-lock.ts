import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'

/** Another process on this machine works with the same ComfyUI. */
export class EngineTaken extends Error {
  constructor(url: string) {
    super(`another worker is using the ComfyUI at ${url}; one worker process per GPU`)
    this.name = 'EngineTaken'
  }
}

/**
 * Where the lock of one ComfyUI is. Linux's abstract sockets end with their process, even by SIGKILL, and are seen by
 * exactly those who share the loopback that ComfyUI listens on (unix(7)); elsewhere a socket file does.
 */
function addressOf(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname === 'localhost' || hostname === '[::1]' ? '127.0.0.1' : hostname
  const name = createHash('sha256')
    .update(`${host}:${port === '' ? protocol : port}`)
    .digest('hex')
    .slice(0, 24)
  return process.platform === 'linux' ? `\0forge-engine-${name}` : join(tmpdir(), `forge-engine-${name}.sock`)
}

async function listen(address: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy())
  server.unref()
  server.listen(address)
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null
    throw error
  }
}

async function isHeld(address: string): Promise<boolean> {
  const socket = connect(address)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/**
 * Takes the one place beside a ComfyUI: two workers would wait in each other's queue, and each would take the other's
 * results for strays. Throws `EngineTaken`. The lock ends with `release` or with the process.
 */
export async function lockEngine(url: string): Promise<{ release: () => Promise<void> }> {
  const address = addressOf(url)
  let server = await listen(address)
  if (server === null && !address.startsWith('\0') && !(await isHeld(address))) {
    await rm(address, { force: true })
    server = await listen(address)
  }
  if (server === null) throw new EngineTaken(url)
  const held = server
  return { release: () => new Promise((done) => held.close(() => done())) }
}
