import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { createAdaptorServer } from '@hono/node-server'

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch']

export type Listening = {
  url: string
  /** Takes no new requests, waits for the running ones up to `deadlineMs`, then cuts them off. */
  close: (deadlineMs: number) => Promise<void>
}

/** Serves a fetch handler over HTTP. `port` 0 takes any free one. Rejects when the address is taken. */
export async function listen(fetch: Fetch, host: string, port: number): Promise<Listening> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false })
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
      server.closeIdleConnections()
      await closed
      clearTimeout(cut)
    },
  }
}
