import { connect, createServer, type Socket } from 'node:net'
import { carry } from './proxy.ts'

/** A line between two parts that speak TCP. */
export type TcpProxy = {
  port: number
  /** `freeze`: open and silent, as when a cable is pulled; `refuse`: nobody is let in. */
  mode: 'pass' | 'freeze' | 'refuse'
  latencyMs: number
  cut: () => void
  heal: () => void
  stop: () => Promise<void>
}

/** Passes every connection on to 127.0.0.1:`targetPort`. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    if (proxy.mode === 'refuse') return void near.destroy()
    const far = connect(targetPort, '127.0.0.1')
    const end = () => {
      for (const side of [near, far]) {
        sockets.delete(side)
        side.destroy()
      }
    }
    for (const side of [near, far]) {
      side.setNoDelay(true)
      sockets.add(side)
      side.once('close', end).on('error', end)
    }
    carry(proxy, near, far)
    carry(proxy, far, near)
  })
  const proxy: TcpProxy = {
    port: 0,
    mode: 'pass',
    latencyMs: 0,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    heal() {
      proxy.mode = 'pass'
      proxy.latencyMs = 0
    },
    async stop() {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((done) => server.close(done))
    },
  }
  server.listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const address = server.address()
  proxy.port = typeof address === 'object' && address ? address.port : 0
  return proxy
}
