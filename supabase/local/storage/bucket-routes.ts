import { Hono } from 'hono'
import { allowDelete, ownerOf } from './database.ts'
import type { BucketRow } from './database.ts'
import { refusals } from './errors.ts'
import { bucketChangeInput, bucketInput, readBody } from './input.ts'
import { checkBucketName, checkMimePattern, parseSizeLimit } from './names.ts'
import { callerOf } from './service.ts'
import type { StorageService } from './service.ts'

/** `/bucket`: row security of storage.buckets decides, so without policies only the secret key passes. */
export function bucketRoutes(service: StorageService): Hono {
  const { ctx } = service
  const app = new Hono()

  app.post('/bucket', async (c) => {
    const caller = await callerOf(service, c)
    const input = await readBody(c, bucketInput)
    const id = checkBucketName(input.id ?? input.name)
    checkBucketName(input.name)
    const values = [id, input.name, input.public, limitOf(service, input.file_size_limit ?? null), typesOf(input)]
    await ctx.asCaller(caller, (db) =>
      db.query(
        `insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types, owner_id)
         values ($1, $2, $3, $4, $5, $6)`,
        [...values, ownerOf(caller) ?? null],
      ),
    )
    return c.json({ name: input.name })
  })

  app.get('/bucket', async (c) => {
    const caller = await callerOf(service, c)
    const { rows } = await ctx.asCaller(caller, (db) =>
      db.query<BucketRow>('select * from storage.buckets order by name'),
    )
    return c.json(rows.map(bucketView))
  })

  app.get('/bucket/:id', async (c) => {
    const caller = await callerOf(service, c)
    const { rows } = await ctx.asCaller(caller, (db) =>
      db.query<BucketRow>('select * from storage.buckets where id = $1', [c.req.param('id')]),
    )
    const [row] = rows
    if (row === undefined) throw refusals.noSuchBucket()
    return c.json(bucketView(row))
  })

  app.put('/bucket/:id', async (c) => {
    const caller = await callerOf(service, c)
    const input = await readBody(c, bucketChangeInput)
    const { rowCount } = await ctx.asCaller(caller, (db) =>
      db.query(
        `update storage.buckets set public = coalesce($2, public),
           file_size_limit = case when $3 then $4 else file_size_limit end,
           allowed_mime_types = case when $5 then $6::text[] else allowed_mime_types end, updated_at = now()
         where id = $1`,
        [
          c.req.param('id'),
          input.public ?? null,
          input.file_size_limit !== undefined,
          limitOf(service, input.file_size_limit ?? null),
          input.allowed_mime_types !== undefined,
          typesOf(input),
        ],
      ),
    )
    if (rowCount === 0) throw refusals.noSuchBucket()
    return c.json({ message: 'Successfully updated' })
  })

  app.post('/bucket/:id/empty', async (c) => {
    const caller = await callerOf(service, c)
    const id = c.req.param('id')
    const versions = await ctx.asCaller(caller, async (db) => {
      const { rowCount } = await db.query('select 1 from storage.buckets where id = $1', [id])
      if (rowCount === 0) throw refusals.noSuchBucket()
      await allowDelete(db)
      const { rows } = await db.query<{ version: string | null }>(
        'delete from storage.objects where bucket_id = $1 returning version',
        [id],
      )
      return rows.map((row) => row.version)
    })
    await service.blobs.remove(versions)
    return c.json({ message: 'Empty bucket has been queued. Completion may take up to an hour.' })
  })

  app.delete('/bucket/:id', async (c) => {
    const caller = await callerOf(service, c)
    const id = c.req.param('id')
    const { rowCount: objects } = await ctx.admin.query('select 1 from storage.objects where bucket_id = $1 limit 1', [
      id,
    ])
    await ctx.asCaller(caller, async (db) => {
      const { rowCount: buckets } = await db.query('select 1 from storage.buckets where id = $1', [id])
      if (buckets === 0) throw refusals.noSuchBucket()
      if (objects !== 0) throw refusals.bucketNotEmpty()
      await allowDelete(db)
      const { rowCount } = await db.query('delete from storage.buckets where id = $1', [id])
      if (rowCount === 0) throw refusals.noSuchBucket()
    })
    return c.json({ message: 'Successfully deleted' })
  })

  return app
}

function bucketView(row: BucketRow) {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner ?? '',
    public: row.public,
    type: 'STANDARD',
    file_size_limit: row.file_size_limit === null ? null : Number(row.file_size_limit),
    allowed_mime_types: row.allowed_mime_types,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}

function limitOf(service: StorageService, limit: number | string | null): number | null {
  if (limit === null) return null
  const bytes = parseSizeLimit(limit)
  if (bytes > service.settings.maxFileBytes) throw refusals.tooLarge()
  return bytes
}

function typesOf(input: { allowed_mime_types?: readonly string[] | null | undefined }): string[] | null {
  const types = input.allowed_mime_types
  return types === null || types === undefined ? null : types.filter((type) => type !== '').map(checkMimePattern)
}
