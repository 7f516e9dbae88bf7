import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createApp } from './app.ts'
import { StandinProvider, type ProviderOptions } from './provider.ts'

export type ReplicateStandin = {
  /** What goes into REPLICATE_API_URL. */
  url: string
  provider: StandinProvider
  stop: () => Promise<void>
}

/** Starts a small stateful Replicate on loopback, without a GPU and without a price. `port` 0 takes any free one. */
export async function startReplicateStandin(
  options: ProviderOptions & { port: number; token: string },
): Promise<ReplicateStandin> {
  const provider = new StandinProvider(options)
  const answer = getRequestListener(createApp(provider, options.token).fetch, { overrideGlobalObjects: false })
  const server = createServer((request, response) => void answer(request, response))
  server.listen(options.port, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server that listens answers an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    provider,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
