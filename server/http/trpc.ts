import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Deps } from '#server/deps.ts'
import type { Caller, Context } from '#server/trpc/context.ts'
import { appRouter } from '#server/trpc/root.ts'
import type { Context as HttpContext } from 'hono'
import type { ErrorCode, ErrorData } from '#shared/errors.ts'
import type { HttpEnv } from './types.ts'

const bodyBytes = 64 * 1024
const maxBatchSize = 10
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])

/**
 * tRPC behind a body limit. Only JSON is read: tRPC takes form and octet-stream posts too, which browsers send across
 * origins without asking first. There are no cookies either, so a forged request would carry no identity.
 */
export function trpcRoutes(deps: Deps): Hono<HttpEnv> {
  return new Hono<HttpEnv>()
    .use(async (c, next) => {
      await next()
      // Answers depend on who asks and from where.
      c.header('cache-control', 'no-store')
    })
    .use(async (c, next) => {
      if (!methods.has(c.req.method)) return refuse(c, 405, 'INVALID_INPUT', { path: 'method' })
      const type = c.req.header('content-type')
      if (c.req.method === 'POST' && !/^application\/json\s*(;|$)/i.test(type ?? '')) {
        return refuse(c, 415, 'INVALID_INPUT', { path: 'content-type' })
      }
      return next()
    })
    .use(
      bodyLimit({
        maxSize: bodyBytes,
        onError: (c) => refuse(c, 413, 'INVALID_INPUT', { path: 'body', limit: bodyBytes }),
      }),
    )
    .all('/*', (c) =>
      fetchRequestHandler({
        endpoint: '/trpc',
        req: c.req.raw,
        router: appRouter,
        maxBatchSize,
        createContext: () => createContext(deps, c),
        // Calls log themselves (trpc/init.ts); this is what failed before a procedure was found.
        onError: ({ error, path, ctx }) => {
          if (ctx === undefined) c.var.log.error({ path, err: error }, 'context failed')
        },
      }),
    )
}

async function createContext(deps: Deps, c: HttpContext<HttpEnv>): Promise<Context> {
  const { requestId, log, address } = c.var
  return { deps, requestId, log, address, caller: await identify(deps, c.req.header('authorization')) }
}

async function identify(deps: Deps, authorization: string | undefined): Promise<Caller> {
  if (authorization === undefined) return { kind: 'visitor' }
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization)?.[1]
  return token === undefined ? { kind: 'invalid', expired: false } : deps.tokens.identify(token)
}

/** A refusal before tRPC reads the request, in the shape that its clients parse. */
function refuse(c: HttpContext, httpStatus: 405 | 413 | 415, code: ErrorCode, data: ErrorData): Response {
  const shape = { message: code, code: -32600, data: { code: 'BAD_REQUEST', httpStatus, forge: { code, data } } }
  // The rest of the body is never read, so nothing can follow on this connection.
  return c.json({ error: shape }, httpStatus, { connection: 'close' })
}
