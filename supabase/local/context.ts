import type { JWK } from 'jose'
import type pg from 'pg'

/** Secrets of one installation, made once and kept with its data (mode 0600). Never used off this machine. */
export type LocalKeys = {
  /** Superuser password of the local Postgres. */
  databasePassword: string
  /** `sb_publishable_…`: the role `anon` until a user token says more. */
  publishableKey: string
  /** `sb_secret_…`: the role `service_role`. */
  secretKey: string
  /** ES256 private key with `kid`, `alg`, `use`: signs every token; its public half is served as JWKS. */
  signingKey: JWK
}

/** Who is asking: the Postgres role to assume and the claims that `auth.uid()` and `auth.jwt()` read. */
export type Caller = {
  role: string
  claims: Readonly<Record<string, unknown>>
}

/** What every service of the local stack is built from. */
export type LocalContext = {
  /** Base URL that clients use, without a trailing slash, e.g. `http://127.0.0.1:54321`. */
  url: string
  keys: LocalKeys
  /** Pool of the internal superuser `supabase_admin`: for the services' own tables only. */
  admin: pg.Pool
  /** Connection string of the internal superuser, for a dedicated client (replication). */
  adminUrl: string
  /**
   * Runs `work` in one transaction as the caller: `set local role` and `request.jwt.claims`, through the
   * `authenticator` login, exactly as PostgREST does.
   */
  asCaller: <T>(caller: Caller, work: (client: pg.PoolClient) => Promise<T>) => Promise<T>
  /** Folder for stored objects. */
  objectsDir: string
}
