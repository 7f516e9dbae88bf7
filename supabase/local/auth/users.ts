import type pg from 'pg'
import { only } from './database.ts'
import { AuthError } from './errors.ts'

type Json = Readonly<Record<string, unknown>>

/** The columns of auth.users that this service reads. */
export type UserRow = {
  id: string
  aud: string
  role: string
  email: string | null
  encrypted_password: string | null
  email_confirmed_at: Date | null
  confirmation_sent_at: Date | null
  recovery_sent_at: Date | null
  email_change: string | null
  email_change_sent_at: Date | null
  last_sign_in_at: Date | null
  raw_app_meta_data: Json | null
  raw_user_meta_data: Json | null
  created_at: Date
  updated_at: Date
  phone: string | null
  confirmed_at: Date | null
  banned_until: Date | null
  deleted_at: Date | null
  is_anonymous: boolean
}

type NewUser = {
  id?: string | undefined
  email: string | null
  /** bcrypt hash, or empty for none. */
  passwordHash: string
  data: Json
  appData?: Json | undefined
  role?: string | undefined
  confirmed: boolean
  anonymous?: boolean
}

/** True while a ban runs. */
export function isBanned(user: UserRow): boolean {
  return user.banned_until !== null && user.banned_until.getTime() > Date.now()
}

/** A user that is not deleted, locked for the transaction when `lock` is set. */
export async function findUser(db: pg.PoolClient, id: string, lock = false): Promise<UserRow | undefined> {
  const { rows } = await db.query<UserRow>(
    `select * from users where id = $1 and deleted_at is null ${lock ? 'for update' : ''}`,
    [id],
  )
  return rows[0]
}

/** The user with this address (lower case), or undefined. */
export async function findUserByEmail(db: pg.PoolClient, email: string): Promise<UserRow | undefined> {
  const { rows } = await db.query<UserRow>('select * from users where email = $1 and is_sso_user = false', [email])
  return rows[0]
}

/** Inserts a user, and its e-mail identity when it has an address. Metadata is there for insert triggers. */
export async function insertUser(db: pg.PoolClient, user: NewUser): Promise<UserRow> {
  const appData = user.email === null ? (user.appData ?? {}) : { ...emailProvider, ...user.appData }
  const { rows } = await db.query<UserRow>(
    `insert into users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at,
       raw_app_meta_data, raw_user_meta_data, created_at, updated_at, is_anonymous)
     values ('00000000-0000-0000-0000-000000000000', coalesce($1::uuid, gen_random_uuid()), 'authenticated', $2, $3,
       $4, case when $5 then now() end, $6, $7, now(), now(), $8)
     returning *`,
    [
      user.id ?? null,
      user.role ?? 'authenticated',
      user.email,
      user.passwordHash,
      user.confirmed,
      appData,
      user.data,
      user.anonymous ?? false,
    ],
  )
  const row = only(rows)
  if (user.email !== null) await saveEmailIdentity(db, row.id, user.email, user.confirmed)
  return row
}

const emailProvider = { provider: 'email', providers: ['email'] }

/** Gives a user an address that counts as its own: an anonymous user becomes a permanent one under the same id. */
export async function setConfirmedEmail(db: pg.PoolClient, id: string, email: string): Promise<UserRow> {
  const { rows } = await db.query<UserRow>(
    `update users set email = $2, email_change = '', email_confirmed_at = now(), is_anonymous = false,
       raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || $3, updated_at = now()
     where id = $1 returning *`,
    [id, email, emailProvider],
  )
  await saveEmailIdentity(db, id, email, true)
  return only(rows)
}

/** Creates or renews the e-mail identity of a user. */
export async function saveEmailIdentity(
  db: pg.PoolClient,
  id: string,
  email: string,
  verified: boolean,
): Promise<void> {
  await db.query(
    `insert into identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
     values ($1::uuid::text, $1::uuid, $2, 'email', now(), now(), now())
     on conflict (provider_id, provider) do update set identity_data = identities.identity_data || excluded.identity_data,
       updated_at = now()`,
    [id, { sub: id, email, email_verified: verified, phone_verified: false }],
  )
}

/** Merges metadata of one kind; a key that is null is taken away, as upstream does. */
export async function mergeMetadata(
  db: pg.PoolClient,
  id: string,
  column: 'raw_app_meta_data' | 'raw_user_meta_data',
  data: Json,
): Promise<void> {
  const gone = Object.keys(data).filter((key) => data[key] === null)
  await db.query(
    `update users set ${column} = (coalesce(${column}, '{}') || $2::jsonb) - $3::text[], updated_at = now()
     where id = $1`,
    [id, data, gone],
  )
}

/** The user as clients read it, identities included. Times are ISO 8601; absent ones are left out. */
export async function userView(db: pg.PoolClient, id: string): Promise<Json> {
  const user = await findUser(db, id)
  if (user === undefined) throw new AuthError(404, 'user_not_found', 'User not found')
  const { rows } = await db.query<Json>(
    `select id as identity_id, provider_id as id, user_id, identity_data, provider, last_sign_in_at, created_at,
       updated_at, email
     from identities where user_id = $1 order by created_at`,
    [id],
  )
  return {
    id: user.id,
    aud: user.aud,
    role: user.role,
    email: user.email ?? '',
    phone: user.phone ?? '',
    app_metadata: user.raw_app_meta_data ?? {},
    user_metadata: user.raw_user_meta_data ?? {},
    identities: rows,
    created_at: user.created_at,
    updated_at: user.updated_at,
    is_anonymous: user.is_anonymous,
    ...present({
      email_confirmed_at: user.email_confirmed_at,
      confirmed_at: user.confirmed_at,
      confirmation_sent_at: user.confirmation_sent_at,
      recovery_sent_at: user.recovery_sent_at,
      new_email: user.email_change === '' ? null : user.email_change,
      email_change_sent_at: user.email_change_sent_at,
      last_sign_in_at: user.last_sign_in_at,
      banned_until: user.banned_until,
    }),
  }
}

function present(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
