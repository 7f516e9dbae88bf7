import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'

type Fetch = Parameters<typeof getRequestListener>[0]

export type Listening = {
  url: string
  /** Takes no new requests, waits for the running ones up to `deadlineMs`, then cuts them off. */
  close: (deadlineMs: number) => Promise<void>
}

/** Serves a fetch handler over HTTP. `port` 0 takes any free one. Rejects when the address is taken. */
export async function listen(fetch: Fetch, host: string, port: number): Promise<Listening> {
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false })
  const server = createServer((request, response) => void answer(request, response))
  // Longer than the idle time of common proxies, so that they never reuse a connection that we just closed.
  server.keepAliveTimeout = 65_000
  server.listen(port, host)
  await once(server, 'listening')
  // A TCP server that listens answers an AddressInfo.
  const address = server.address() as AddressInfo
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address

  return {
    url: `http://${shownHost}:${address.port}`,
    async close(deadlineMs) {
      const closed = once(server, 'close')
      const cut = setTimeout(() => server.closeAllConnections(), deadlineMs)
      server.close()
      // A kept-alive connection whose last answer went out just now is idle only from now on.
      const idle = setInterval(() => server.closeIdleConnections(), 50)
      await closed
      clearInterval(idle)
      clearTimeout(cut)
    },
  }
}
