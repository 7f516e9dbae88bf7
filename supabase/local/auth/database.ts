import type pg from 'pg'
import type { LocalContext } from '#supabase/local/context.ts'

/**
 * Runs `work` in one transaction with the rights and search path that hosted Auth has, so that a trigger on
 * auth.users which would fail there fails here too.
 */
export async function asAuthAdmin<T>(ctx: LocalContext, work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const db = await ctx.admin.connect()
  try {
    await db.query("begin; set local role supabase_auth_admin; set local search_path = 'auth'")
    const result = await work(db)
    await db.query('commit')
    db.release()
    return result
  } catch (error) {
    await db.query('rollback').then(
      () => db.release(),
      (broken: Error) => db.release(broken),
    )
    throw error
  }
}

/** The only row of a statement that always returns one. */
export function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows
  if (row === undefined) throw new Error('A statement that returns one row returned none')
  return row
}
