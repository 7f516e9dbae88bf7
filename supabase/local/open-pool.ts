import { Pool } from 'pg'
import type { Logger } from 'pino'

/**
 * Connections to one login role. Losing one, idle or in use, is never the end of the process. With `pipeline` a
 * statement is sent before the last one is answered.
 */
export function openPool(connectionString: string, max: number, log: Logger, pipeline = false): Pool {
  const name = 'local supabase'
  const pool = new Pool({ connectionString, max, application_name: name, connectionTimeoutMillis: 10_000, pipeline })
  // The error carries the whole client; its words are enough. While closing, a late one is no news.
  pool.on('error', (error) => {
    if (!pool.ending) log.warn({ reason: error.message }, 'an idle database connection was lost')
  })
  // Between two statements of a transaction nobody listens, and an unheard `error` ends Node; the next statement fails.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}
