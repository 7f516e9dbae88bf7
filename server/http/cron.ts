import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import type { Deps } from '#server/deps.ts'
import { deliverAlerts } from '#server/services/alerts/deliver.ts'
import { erase } from '#server/services/account/erase.ts'
import { purgeDeleted } from '#server/services/gallery/purge.ts'
import { reportUsage } from '#server/services/licences/report-usage.ts'
import { auditBooks, removeStaleStaging, tick, tickBoxes } from './tick.ts'
import type { HttpEnv } from './types.ts'

/** `GET /tick` for hosts without a long-lived process; without a secret it does not exist. */
export function cronRoutes(deps: Deps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>()
  const { cronSecret } = deps.config
  if (cronSecret === null) return app
  return app.get('/', async (c) => {
    if (!sameSecret(c.req.header('authorization') ?? '', `Bearer ${cronSecret}`)) return c.body(null, 401)
    await tick(deps)
    await erase(deps)
    await removeStaleStaging(deps)
    await purgeDeleted(deps)
    await auditBooks(deps)
    await reportUsage(deps)
    await tickBoxes(deps)
    await deliverAlerts(deps)
    return c.json({ done: true })
  })
}

function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
