import type { Pool, PoolClient } from 'pg'

import type { Caller } from './context.ts'

/** Schemas that a request sees without naming them: the exposed one, and where hosted projects keep extensions. */
const searchPath = 'public, extensions'

/**
 * Takes on the caller for this transaction, as PostgREST does: role, claims, search path, and the statement timeout
 * that belongs to the role (a role assumed by SET ROLE does not bring its own settings).
 */
const assume = {
  name: 'assume-caller',
  text: `select set_config('request.jwt.claims', $2, true), set_config('search_path', $3, true),
    set_config('statement_timeout', coalesce(
      (select split_part(setting, '=', 2) from pg_catalog.pg_roles, unnest(rolconfig) as setting
        where rolname = $1 and setting like 'statement_timeout=%'),
      current_setting('statement_timeout')), true),
    set_config('role', $1, true)`,
}

/**
 * Runs `work` in one transaction as `caller` on a pool that logs in as `authenticator`. Commits when `work` fulfils;
 * otherwise rolls back and passes its error on. A role that the authenticator was not granted is refused by Postgres.
 */
export async function runAsCaller<T>(
  pool: Pool,
  caller: Caller,
  readOnly: boolean,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    const begun = client.query(readOnly ? 'begin read only' : 'begin')
    const assumed = client.query({ ...assume, values: [caller.role, JSON.stringify(caller.claims), searchPath] })
    const result = await inOrder([begun, assumed], work(client))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    // A client that cannot roll back still wears the caller's role: never hand it to the next one.
    client.release(broken)
  }
}

/**
 * Sent together, answered in order: the work does not wait for a round trip each. When the caller cannot be taken on,
 * the transaction refuses what follows, and all of it has been answered before anything else is sent.
 */
async function inOrder<T>(before: readonly Promise<unknown>[], work: Promise<T>): Promise<T> {
  const answers = await Promise.allSettled([...before, work])
  const failed = answers.find((answer) => answer.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return work
}
