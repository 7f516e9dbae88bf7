import type pg from 'pg'
import type { Caller, LocalContext } from '#supabase/local/context.ts'

export type Extension = 'broadcast' | 'presence'
/** What a caller may read on a private channel. */
export type ReadRights = Record<Extension, boolean>

const setCaller = `
  select set_config('role', $1::text, true),
         set_config('request.jwt.claims', $2::text, true),
         set_config('request.jwt.claim.sub', $3::text, true),
         set_config('request.jwt.claim.role', $1::text, true),
         set_config('realtime.topic', $4::text, true)
  where pg_has_role('authenticator', $1::text::name, 'set')`

/**
 * Asks the policies on `realtime.messages` what the caller may read on the private channel `topic`: two rows are
 * inserted as the owner, looked at as the caller, and rolled back. A policy that fails counts as a refusal; throws
 * only when the database cannot be asked.
 */
export async function readRights(ctx: Pick<LocalContext, 'admin'>, caller: Caller, topic: string): Promise<ReadRights> {
  const none = { broadcast: false, presence: false }
  return probe(ctx.admin, none, async (client) => {
    const inserted = await client.query<{ id: string; extension: Extension }>(
      `insert into realtime.messages (topic, extension) values ($1, 'broadcast'), ($1, 'presence')
       returning id, extension`,
      [topic],
    )
    if (!(await become(client, caller, topic))) return none
    const ids = inserted.rows.map((row) => row.id)
    const seen = await client.query<{ extension: Extension }>(
      'select extension from realtime.messages where id = any($1)',
      [ids],
    )
    const extensions = new Set(seen.rows.map((row) => row.extension))
    return { broadcast: extensions.has('broadcast'), presence: extensions.has('presence') }
  })
}

/**
 * Asks the policies whether the caller may send to the private channel `topic`: one row is inserted as the caller
 * and rolled back. Throws only when the database cannot be asked.
 */
export async function mayWrite(
  ctx: Pick<LocalContext, 'admin'>,
  caller: Caller,
  topic: string,
  extension: Extension,
): Promise<boolean> {
  return probe(ctx.admin, false, async (client) => {
    if (!(await become(client, caller, topic))) return false
    await client.query('insert into realtime.messages (topic, extension) values ($1, $2)', [topic, extension])
    return true
  })
}

/** Runs `work` in a transaction that is always rolled back; an error that the statement caused answers `refused`. */
async function probe<T>(pool: pg.Pool, refused: T, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    await client.query("set local statement_timeout = '5s'")
    return await work(client)
  } catch (error) {
    if (isStatementError(error)) return refused
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    await client.query('rollback').catch((error: unknown) => {
      broken ??= error instanceof Error ? error : new Error(String(error))
    })
    client.release(broken)
  }
}

/** False when the role is none that the API may assume. */
async function become(client: pg.PoolClient, caller: Caller, topic: string): Promise<boolean> {
  const { role, claims } = caller
  const subject = typeof claims['sub'] === 'string' ? claims['sub'] : ''
  const { rowCount } = await client.query(setCaller, [role, JSON.stringify(claims), subject, topic])
  return rowCount === 1
}

/** SQLSTATE classes 08, 53, 57 and 58 mean that the server could not answer, all others that it did. */
function isStatementError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(?:08|53|57|58)/.test(code)
}
