import { existsSync } from 'node:fs'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { compress } from 'hono/compress'
import type { Deps } from '#server/deps.ts'
import { indexReader } from './index-page.ts'
import type { HttpEnv } from './types.ts'

const year = 'public, max-age=31536000, immutable'

/**
 * The built client: hashed files for a year, everything else asked for again, every page its index.html,
 * the studio's with what a newcomer sees first.
 */
export function clientRoutes({ config }: Deps): Hono<HttpEnv> {
  const index = indexReader(config)
  // Asked only when there is something to serve: it complains on the console otherwise.
  const files = existsSync(config.clientDist)
    ? serveStatic<HttpEnv>({ root: config.clientDist, precompressed: true })
    : createMiddleware<HttpEnv>((_c, next) => next())
  return new Hono<HttpEnv>()
    .use(compress())
    .get('*', async (c, next) => {
      if (c.req.path === '/' || c.req.path === '/index.html') return next()
      const found = await files(c, next)
      if (!(found instanceof Response)) return undefined
      found.headers.set('cache-control', c.req.path.startsWith('/assets/') ? year : 'no-cache')
      return found
    })
    .get('*', async (c) => {
      // A missing file must not answer a page: a script tag would run HTML.
      if (/\.\w+$/.test(c.req.path) && c.req.path !== '/index.html') return c.text('not found', 404)
      const { pathname, search } = new URL(c.req.url)
      const html = await index(pathname + search)
      if (html === null) return c.text('The client is not built: npm run build', 503)
      return c.html(html, 200, { 'cache-control': 'no-cache' })
    })
}
