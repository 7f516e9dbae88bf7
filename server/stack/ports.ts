import net from 'node:net'

/** True when nothing listens on 127.0.0.1:`port`. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** `preferred` when it is free, else a free port of the system's choice. 0 always means the latter. */
export async function pickPort(preferred: number): Promise<number> {
  if (preferred !== 0 && (await isPortFree(preferred))) return preferred
  return await new Promise((resolve, reject) => {
    const probe = net.createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** True for the ports that browsers and fetch refuse to open, such as 6000 or 4190. Opens no connection that matters. */
export async function isPortBlocked(port: number): Promise<boolean> {
  const error: unknown = await fetch(`http://127.0.0.1:${port}/`).then(
    (response) => response.arrayBuffer(),
    (reason: unknown) => reason,
  )
  return error instanceof TypeError && error.cause instanceof Error && error.cause.message === 'bad port'
}
