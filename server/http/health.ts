import { Hono } from 'hono'
import type { Deps } from '#server/deps.ts'
import type { HttpEnv } from './types.ts'

/** `/live`: this process answers. `/ready`: database and storage answer too; says which does not, never why. */
export function healthRoutes({ database, storage }: Deps): Hono<HttpEnv> {
  return new Hono<HttpEnv>()
    .get('/live', (c) => c.json({ live: true }))
    .get('/ready', async (c) => {
      const checks = { database: database.ping(), storage: storage.ping() }
      const results = await Promise.all(
        Object.entries(checks).map(async ([part, check]) => {
          try {
            await check
            return [part, true] as const
          } catch (error) {
            c.var.log.warn({ part, err: error }, 'not ready')
            return [part, false] as const
          }
        }),
      )
      const ready = results.every(([, up]) => up)
      return c.json({ ready, ...Object.fromEntries(results) }, ready ? 200 : 503)
    })
}
