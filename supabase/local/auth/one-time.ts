import { createHash, randomInt, randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { LocalContext } from '#supabase/local/context.ts'
import { only } from './database.ts'
import { AuthError } from './errors.ts'
import type { Method } from './sessions.ts'

/** Codes and links are good for this long: upstream's default. */
const validFor = '1 hour'
const pkcePrefix = 'pkce_'

type Kind = 'magiclink' | 'recovery' | 'email_change'
type TokenType = 'confirmation_token' | 'recovery_token' | 'email_change_token_new'

const subjects: Readonly<Record<Kind, string>> = {
  magiclink: 'Your Magic Link',
  recovery: 'Reset Your Password',
  email_change: 'Confirm Email Change',
}
/** Which stored tokens a verification type may use up; magic links and recovery share one, as upstream. */
const tokenTypes: Readonly<Record<string, readonly TokenType[]>> = {
  email: ['confirmation_token', 'recovery_token'],
  magiclink: ['recovery_token'],
  signup: ['confirmation_token'],
  recovery: ['recovery_token'],
  email_change: ['email_change_token_new'],
}

type Mail = {
  kind: Kind
  userId: string
  /** Address the code is for: the new one when it changes. */
  email: string
  redirectTo: string
  challenge?: { value: string; method: 's256' | 'plain' } | undefined
}

/** Makes a six-digit code and a link and puts both in the local inbox; an older code of the same kind dies. */
export async function sendOneTimeMail(ctx: LocalContext, db: pg.PoolClient, mail: Mail): Promise<void> {
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const hash = (mail.challenge === undefined ? '' : pkcePrefix) + hashOf(mail.email, code)
  const tokenType: TokenType = mail.kind === 'email_change' ? 'email_change_token_new' : 'recovery_token'
  await db.query(
    `insert into one_time_tokens (id, user_id, token_type, token_hash, relates_to)
     values (gen_random_uuid(), $1, $2, $3, $4)
     on conflict (user_id, token_type) do update set token_hash = excluded.token_hash,
       relates_to = excluded.relates_to, created_at = now(), updated_at = now()`,
    [mail.userId, tokenType, hash, mail.email],
  )
  if (mail.challenge !== undefined) await addFlow(db, mail.userId, mail.kind, mail.challenge)
  const query = new URLSearchParams({ token: hash, type: mail.kind, redirect_to: mail.redirectTo })
  await db.query('insert into local_inbox (recipient, kind, subject, code, link) values ($1, $2, $3, $4, $5)', [
    mail.email,
    mail.kind,
    subjects[mail.kind],
    code,
    `${ctx.url}/auth/v1/verify?${query}`,
  ])
}

/** A used-up code: whose it was, which address it proves, and whether the flow must end with a PKCE exchange. */
export type Proof = { userId: string; email: string; method: Method; pkce: boolean }

/** Uses up a code (with its address) or a link's hash. Throws `AuthError` otp_expired, validation_failed. */
export async function useOneTimeToken(
  db: pg.PoolClient,
  input: { type: string; email?: string | undefined; token?: string | undefined; tokenHash?: string | undefined },
): Promise<Proof> {
  const types = tokenTypes[input.type]
  if (types === undefined) throw new AuthError(400, 'validation_failed', 'Invalid email verification type')
  const hashes = hashesOf(input)
  const { rows } = await db.query<{ user_id: string; token_type: TokenType; token_hash: string; relates_to: string }>(
    `delete from one_time_tokens
     where token_hash = any($1) and token_type = any($2::auth.one_time_token_type[])
       and created_at > now()::timestamp - $3::interval
     returning user_id, token_type, token_hash, relates_to`,
    [hashes, types, validFor],
  )
  const [row] = rows
  if (row === undefined) throw new AuthError(403, 'otp_expired', 'Token has expired or is invalid')
  return {
    userId: row.user_id,
    email: row.relates_to,
    method: methodOf(input.type),
    pkce: row.token_hash.startsWith(pkcePrefix),
  }
}

/** Code that the browser trades for a session with its PKCE verifier, or undefined when no flow waits. */
export async function issueAuthCode(db: pg.PoolClient, userId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ auth_code: string }>(
    `update flow_state set auth_code_issued_at = now(), updated_at = now()
     where id = (select id from flow_state where user_id = $1 and auth_code_issued_at is null
                 order by created_at desc limit 1)
     returning auth_code`,
    [userId],
  )
  return rows[0]?.auth_code
}

/** Uses up an auth code when the verifier fits its challenge. Throws `AuthError`. */
export async function useAuthCode(
  db: pg.PoolClient,
  code: string,
  verifier: string,
): Promise<{ userId: string; method: Method } | AuthError> {
  const { rows } = await db.query<{
    user_id: string
    code_challenge: string
    code_challenge_method: 's256' | 'plain'
    authentication_method: Method
    fresh: boolean
  }>(
    `delete from flow_state where auth_code = $1 and auth_code_issued_at is not null
     returning user_id, code_challenge, code_challenge_method, authentication_method,
       auth_code_issued_at > now() - interval '5 minutes' as fresh`,
    [code],
  )
  const [flow] = rows
  if (flow === undefined) {
    return new AuthError(404, 'flow_state_not_found', 'invalid flow state, no valid flow state found')
  }
  if (!flow.fresh) return new AuthError(403, 'flow_state_expired', 'invalid flow state, flow state has expired')
  const proof =
    flow.code_challenge_method === 's256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  if (proof !== flow.code_challenge) {
    return new AuthError(400, 'bad_code_verifier', 'code challenge does not match previously saved code verifier')
  }
  return { userId: flow.user_id, method: flow.authentication_method }
}

async function addFlow(
  db: pg.PoolClient,
  userId: string,
  kind: Kind,
  challenge: { value: string; method: 's256' | 'plain' },
): Promise<void> {
  const { rows } = await db.query(
    `insert into flow_state (id, user_id, auth_code, code_challenge_method, code_challenge, provider_type,
       authentication_method, created_at, updated_at)
     values (gen_random_uuid(), $1, $2, $3, $4, 'email', $5, now(), now()) returning id`,
    [userId, randomUUID(), challenge.method, challenge.value, methodOf(kind)],
  )
  only(rows)
}

function hashesOf(input: { email?: string | undefined; token?: string | undefined; tokenHash?: string | undefined }) {
  if (input.tokenHash !== undefined && input.email === undefined) return [input.tokenHash]
  if (input.token !== undefined && input.email !== undefined) {
    const hash = hashOf(input.email, input.token)
    return [hash, pkcePrefix + hash]
  }
  throw new AuthError(400, 'validation_failed', 'Verify requires either a token and an email, or a token hash')
}

/** Upstream's hash of a code: the address is in it, so a code guessed for one address opens no other. */
function hashOf(email: string, code: string): string {
  return createHash('sha224')
    .update(email + code)
    .digest('hex')
}

function methodOf(type: string): Method {
  if (type === 'recovery' || type === 'email_change' || type === 'magiclink') return type
  return 'otp'
}
