import { createServer } from 'node:net'

/** A loopback TCP port that is free at this moment. */
export async function freePort(): Promise<number> {
  return probe(0)
}

/** Refuses, in one sentence, a port that another program listens on. `variable` is the setting that chooses it. */
export async function checkPort(port: number, variable: string): Promise<void> {
  try {
    await probe(port)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause
    throw new Error(`Port ${port} is in use by another program; set ${variable} to a free one`, { cause })
  }
}

function probe(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
