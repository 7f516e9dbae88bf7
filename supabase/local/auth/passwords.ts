import type pg from 'pg'
import { only } from './database.ts'
import { AuthError } from './errors.ts'

/** Upstream's default minimum, in characters. */
const minLength = 6
/** bcrypt reads no more bytes than this: a longer password would be cut silently. */
const maxBytes = 72

/** Refuses passwords that are too short to be safe or too long to be hashed whole. Throws `AuthError`. */
export function checkPassword(password: string): void {
  if (new TextEncoder().encode(password).length > maxBytes) {
    throw new AuthError(400, 'validation_failed', `Password cannot be longer than ${maxBytes} characters`)
  }
  if (password.length < minLength) {
    throw new AuthError(422, 'weak_password', `Password should be at least ${minLength} characters.`, ['length'])
  }
}

/** bcrypt hash by pgcrypto: the format of hosted Auth, so that seeds with `crypt()` sign in here and there. */
export async function hashPassword(db: pg.PoolClient, password: string): Promise<string> {
  const { rows } = await db.query<{ hash: string }>(
    "select extensions.crypt($1, extensions.gen_salt('bf', 10)) as hash",
    [password],
  )
  return only(rows).hash
}

/** True when `password` belongs to `hash`. Takes as long without a hash, so that it does not tell who exists. */
export async function passwordMatches(db: pg.PoolClient, password: string, hash: string | null): Promise<boolean> {
  if (hash === null || hash === '') {
    await hashPassword(db, password)
    return false
  }
  const { rows } = await db.query<{ same: boolean }>('select extensions.crypt($1, $2) = $2 as same', [password, hash])
  return only(rows).same
}
