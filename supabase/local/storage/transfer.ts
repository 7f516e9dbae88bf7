import type { Caller } from '#supabase/local/context.ts'
import { commitObject, findBucket, ownerOf, probeWrite, selectObject } from './database.ts'
import { refusals } from './errors.ts'
import type { StorageService } from './service.ts'
import type { ObjectName } from './tokens.ts'

type Copy = { source: ObjectName; target: ObjectName; upsert: boolean }

/** Copies an object the caller may read to a name the caller may write. Throws `StorageError`. */
export async function copyObject(service: StorageService, caller: Caller, copy: Copy): Promise<{ id: string }> {
  const { ctx, blobs } = service
  const { source, target, upsert } = copy
  const row = await ctx.asCaller(caller, (db) => selectObject(db, source))
  if (row.version === null) throw refusals.noSuchKey()
  await findBucket(ctx, target.bucket)
  await probeWrite(ctx, caller, target, upsert)
  const version = await blobs.duplicate(row.version)
  try {
    const metadata = { ...row.metadata, lastModified: new Date().toISOString() }
    const { id, replaced } = await commitObject(
      ctx,
      { object: target, owner: ownerOf(caller), version, metadata, userMetadata: row.user_metadata },
      upsert,
    )
    await blobs.remove([replaced])
    return { id }
  } catch (error) {
    await blobs.remove([version])
    throw error
  }
}

/** Renames an object; its file stays where it is. Throws `StorageError`; a taken name is Postgres error 23505. */
export async function moveObject(
  service: StorageService,
  caller: Caller,
  source: ObjectName,
  target: ObjectName,
): Promise<{ id: string }> {
  await findBucket(service.ctx, target.bucket)
  return service.ctx.asCaller(caller, async (db) => {
    await selectObject(db, source)
    const { rows } = await db.query<{ id: string }>(
      'update storage.objects set bucket_id = $3, name = $4 where bucket_id = $1 and name = $2 returning id',
      [source.bucket, source.key, target.bucket, target.key],
    )
    const [row] = rows
    if (row === undefined) throw refusals.accessDenied('new row violates row-level security policy')
    return row
  })
}
