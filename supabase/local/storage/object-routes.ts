import { Hono } from 'hono'
import type { Context } from 'hono'
import { allowDelete, findBucket, selectObject } from './database.ts'
import { refusals } from './errors.ts'
import { listInput, readBody, removeInput, transferInput } from './input.ts'
import { checkKey } from './names.ts'
import { listObjects } from './list.ts'
import { serveObject } from './serve.ts'
import { callerOf, objectOf } from './service.ts'
import type { StorageService } from './service.ts'
import { copyObject, moveObject } from './transfer.ts'
import { storeUpload, uploadAs } from './uploads.ts'

/** `/object`: everything a caller does with rights of its own. */
export function objectRoutes(service: StorageService): Hono {
  const { ctx } = service
  const app = new Hono()

  app.post('/object/copy', async (c) => {
    const caller = await callerOf(service, c)
    const { source, target } = transferOf(await readBody(c, transferInput))
    const upsert = c.req.header('x-upsert') === 'true'
    const copied = await copyObject(service, caller, { source, target, upsert })
    return c.json({ Id: copied.id, Key: `${target.bucket}/${target.key}` })
  })

  app.post('/object/move', async (c) => {
    const caller = await callerOf(service, c)
    const { source, target } = transferOf(await readBody(c, transferInput))
    const moved = await moveObject(service, caller, source, target)
    return c.json({ message: 'Successfully moved', Id: moved.id, Key: target.key })
  })

  app.post('/object/list/:bucket', async (c) => {
    const caller = await callerOf(service, c)
    const input = await readBody(c, listInput)
    return c.json(await ctx.asCaller(caller, (db) => listObjects(db, c.req.param('bucket'), input)))
  })

  app.get('/object/info/:bucket/*', async (c) => {
    const caller = await callerOf(service, c)
    const object = objectOf(c, c.req.path.includes('/object/info/authenticated/') ? 'info/authenticated/' : 'info/')
    await findBucket(ctx, object.bucket)
    const row = await ctx.asCaller(caller, (db) => selectObject(db, object))
    return c.json({
      id: row.id,
      name: row.name,
      version: row.version,
      bucket_id: row.bucket_id,
      size: row.metadata.size,
      content_type: row.metadata.mimetype,
      cache_control: row.metadata.cacheControl,
      etag: row.metadata.eTag,
      metadata: row.user_metadata,
      last_modified: row.updated_at,
      created_at: row.created_at,
    })
  })

  app.get('/object/public/:bucket/*', async (c) => {
    const object = objectOf(c, 'public/')
    const bucket = await findBucket(ctx, object.bucket)
    if (!bucket.public) throw refusals.noSuchBucket()
    return serveObject(service, c, () => selectObject(ctx.admin, object))
  })

  async function serveAsCaller(c: Context, infix: string): Promise<Response> {
    const caller = await callerOf(service, c)
    const object = objectOf(c, infix)
    await findBucket(ctx, object.bucket)
    return serveObject(service, c, () => ctx.asCaller(caller, (db) => selectObject(db, object)))
  }
  app.get('/object/authenticated/:bucket/*', (c) => serveAsCaller(c, 'authenticated/'))
  app.get('/object/:bucket/*', (c) => serveAsCaller(c, ''))

  async function store(c: Context, upsert: boolean): Promise<Response> {
    const caller = await callerOf(service, c)
    const object = objectOf(c)
    const { id } = await storeUpload(service, c.req.raw, uploadAs(caller, object, upsert))
    return c.json({ Id: id, Key: `${object.bucket}/${object.key}` })
  }
  app.post('/object/:bucket/*', (c) => store(c, c.req.header('x-upsert') === 'true'))
  app.put('/object/:bucket/*', (c) => store(c, true))

  async function remove(c: Context, bucket: string, keys: readonly string[]) {
    const caller = await callerOf(service, c)
    const rows = await ctx.asCaller(caller, async (db) => {
      await allowDelete(db)
      const deleted = await db.query<{ version: string | null }>(
        'delete from storage.objects where bucket_id = $1 and name = any($2) returning *',
        [bucket, keys],
      )
      return deleted.rows
    })
    await service.blobs.remove(rows.map((row) => row.version))
    return rows
  }
  app.delete('/object/:bucket', async (c) => {
    const { prefixes } = await readBody(c, removeInput)
    return c.json(await remove(c, c.req.param('bucket'), prefixes))
  })
  app.delete('/object/:bucket/*', async (c) => {
    const object = objectOf(c)
    const removed = await remove(c, object.bucket, [object.key])
    if (removed.length === 0) throw refusals.noSuchKey()
    return c.json({ message: 'Successfully deleted' })
  })

  return app
}

function transferOf(input: {
  bucketId: string
  sourceKey: string
  destinationKey: string
  destinationBucket?: string | undefined
}) {
  return {
    source: { bucket: input.bucketId, key: input.sourceKey },
    target: { bucket: input.destinationBucket ?? input.bucketId, key: checkKey(input.destinationKey) },
  }
}
