import { randomUUID } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import type { Deps } from '#server/deps.ts'
import { trustedAddress } from '#server/services/limits/address.ts'
import type { HttpEnv } from './types.ts'

/** Gives every request an id, a logger and its trusted address, and logs it once: path without query, never a body. */
export function requestScope({ config, log }: Deps) {
  return createMiddleware<HttpEnv>(async (c, next) => {
    const startedAt = performance.now()
    const requestId = randomUUID()
    const socket = c.env?.incoming?.socket.remoteAddress ?? null
    c.set('requestId', requestId)
    c.set('log', log.child({ request: requestId }))
    c.set('address', trustedAddress(config.trustedHops, socket, c.req.header('x-forwarded-for') ?? null))
    await next()
    c.header('x-request-id', requestId)
    const { method, path } = c.req
    const ms = Math.round(performance.now() - startedAt)
    const { status } = c.res
    c.var.log[isNews(method, path, status) ? 'info' : 'debug']({ method, path, status, ms }, 'request')
  })
}

/** What an operator reads at level info: changes and refusals. Reads and the workers' polling would bury them. */
function isNews(method: string, path: string, status: number): boolean {
  return status >= 400 || (method !== 'GET' && path !== '/trpc/worker.claim')
}
