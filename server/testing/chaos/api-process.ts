import { pino } from 'pino'
import { z } from 'zod'
import { loadKeys } from '#supabase/local/keys.ts'
import { startApi } from '#supabase/local/start.ts'

/** The local Supabase's API as a process of its own, beside a Postgres that somebody else starts and stops. */
const env = z
  .object({
    CHAOS_ADMIN_URL: z.url(),
    CHAOS_KEYS: z.string(),
    CHAOS_OBJECTS: z.string(),
    CHAOS_PORT: z.coerce.number(),
    CHAOS_PUBLIC_URL: z.url(),
  })
  .parse(process.env)

const log = pino({ name: 'api', level: 'info' })
const api = await startApi({
  adminUrl: env.CHAOS_ADMIN_URL,
  keys: await loadKeys(env.CHAOS_KEYS),
  port: env.CHAOS_PORT,
  publicUrl: env.CHAOS_PUBLIC_URL,
  objectsDir: env.CHAOS_OBJECTS,
  log,
})
log.info({ url: api.url }, 'ready')
process.once('SIGTERM', () => void api.stop().then(() => process.exit(0)))
