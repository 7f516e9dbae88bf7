import type pg from 'pg'
import type { Caller, LocalContext } from '#supabase/local/context.ts'
import { refusals } from './errors.ts'
import type { ObjectName } from './tokens.ts'

export type BucketRow = {
  id: string
  name: string
  owner: string | null
  public: boolean
  file_size_limit: string | null
  allowed_mime_types: string[] | null
  created_at: Date
  updated_at: Date
}

/** Facts of a stored file, under upstream's names in `storage.objects.metadata`. */
export type ObjectMetadata = {
  eTag: string
  size: number
  mimetype: string
  cacheControl: string
  lastModified: string
  contentLength: number
  httpStatusCode: number
}

export type ObjectRow = {
  id: string
  bucket_id: string
  name: string
  owner_id: string | null
  /** Null for a row that SQL inserted: it has no file. */
  version: string | null
  metadata: ObjectMetadata
  user_metadata: Record<string, unknown> | null
  created_at: Date
  updated_at: Date
  last_accessed_at: Date
}

type NewObject = {
  object: ObjectName
  owner: string | undefined
  version: string
  metadata: ObjectMetadata | null
  userMetadata: Record<string, unknown> | null
}

/** Runs `work` in one transaction as the owner of the storage tables: row security does not apply. */
async function asStorageAdmin<T>(ctx: LocalContext, work: (db: pg.PoolClient) => Promise<T>): Promise<T> {
  const db = await ctx.admin.connect()
  try {
    await db.query('begin; set local role supabase_storage_admin')
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

/** The user a caller is, for the owner columns. */
export function ownerOf(caller: Caller): string | undefined {
  const { sub } = caller.claims
  return typeof sub === 'string' ? sub : undefined
}

/** A bucket's rules, whoever asks. Throws `StorageError` NoSuchBucket. */
export async function findBucket(ctx: LocalContext, id: string): Promise<BucketRow> {
  const { rows } = await ctx.admin.query<BucketRow>('select * from storage.buckets where id = $1', [id])
  const [bucket] = rows
  if (bucket === undefined) throw refusals.noSuchBucket()
  return bucket
}

/** The object as far as row security lets `db` see it. Throws `StorageError` NoSuchKey. */
export async function selectObject(db: Pick<pg.Pool, 'query'>, object: ObjectName): Promise<ObjectRow> {
  const { rows } = await db.query<ObjectRow>('select * from storage.objects where bucket_id = $1 and name = $2', [
    object.bucket,
    object.key,
  ])
  const [row] = rows
  if (row === undefined) throw refusals.noSuchKey()
  return row
}

/**
 * Asks row security, in a transaction that is rolled back, whether the caller may create (or replace) the object.
 * Throws `StorageError`, or the Postgres error of the refusal.
 */
export async function probeWrite(
  ctx: LocalContext,
  caller: Caller,
  object: ObjectName,
  upsert: boolean,
): Promise<void> {
  const allowed = new Error('Rolls the probe back')
  const probe = ctx.asCaller(caller, async (db) => {
    await writeObject(db, { object, owner: ownerOf(caller), version: '1', metadata: null, userMetadata: null }, upsert)
    throw allowed
  })
  await probe.catch((error: unknown) => {
    if (error !== allowed) throw error
  })
}

/** Inserts an object, or replaces it when `upsert`. A duplicate is the Postgres error 23505. */
async function writeObject(db: pg.PoolClient, row: NewObject, upsert: boolean): Promise<{ id: string }> {
  const replace = `on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
    user_metadata = excluded.user_metadata, owner = excluded.owner, owner_id = excluded.owner_id`
  const { rows } = await db.query<{ id: string }>(
    `insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
     values ($1, $2, case when $3 ~ '^[0-9a-f-]{36}$' then $3::uuid end, $3, $4, $5, $6)
     ${upsert ? replace : ''} returning id`,
    [row.object.bucket, row.object.key, row.owner ?? null, row.version, row.metadata, row.userMetadata],
  )
  const [written] = rows
  if (written === undefined) throw refusals.accessDenied('The object cannot be written')
  return written
}

/** Makes a complete blob the object's content; returns the version it replaced. */
export async function commitObject(
  ctx: LocalContext,
  row: NewObject,
  upsert: boolean,
): Promise<{ id: string; replaced: string | null }> {
  return asStorageAdmin(ctx, async (db) => {
    const replaced = upsert ? await lockVersion(db, row.object) : null
    return { id: (await writeObject(db, row, upsert)).id, replaced }
  })
}

/** The version that is about to be replaced. Writers of one name take turns, also while there is no row to lock. */
async function lockVersion(db: pg.PoolClient, object: ObjectName): Promise<string | null> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${object.bucket}/${object.key}`])
  const { rows } = await db.query<{ version: string | null }>(
    'select version from storage.objects where bucket_id = $1 and name = $2 for update',
    [object.bucket, object.key],
  )
  return rows[0]?.version ?? null
}

/** Refuses a name that is taken, before its bytes are read. Throws `StorageError`. */
export async function refuseTaken(ctx: LocalContext, object: ObjectName): Promise<void> {
  const { rowCount } = await ctx.admin.query('select 1 from storage.objects where bucket_id = $1 and name = $2', [
    object.bucket,
    object.key,
  ])
  if (rowCount !== 0) throw refusals.alreadyExists()
}

/** Deletes as the storage API: the tables refuse any other delete. */
export async function allowDelete(db: pg.PoolClient): Promise<void> {
  await db.query("select set_config('storage.allow_delete_query', 'true', true)")
}
