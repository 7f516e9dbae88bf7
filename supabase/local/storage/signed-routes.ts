import { Hono } from 'hono'
import type { LocalContext } from '#supabase/local/context.ts'
import { findBucket, ownerOf, probeWrite, selectObject } from './database.ts'
import { readBody, signInput, signManyInput } from './input.ts'
import { checkKey } from './names.ts'
import { serveObject } from './serve.ts'
import { callerOf, objectOf } from './service.ts'
import type { StorageService } from './service.ts'
import { signDownload, signUpload, verifyDownload, verifyUpload } from './tokens.ts'
import type { ObjectName } from './tokens.ts'
import { storeUpload, uploadSigned } from './uploads.ts'

/** `/object/sign` and `/object/upload/sign`: rights put into a URL that works without any key. */
export function signedRoutes(service: StorageService): Hono {
  const { ctx } = service
  const app = new Hono()

  app.post('/object/upload/sign/:bucket/*', async (c) => {
    const caller = await callerOf(service, c)
    const object = objectOf(c, 'upload/sign/')
    checkKey(object.key)
    await findBucket(ctx, object.bucket)
    const upsert = c.req.header('x-upsert') === 'true'
    await probeWrite(ctx, caller, object, upsert)
    const token = await signUpload(ctx, object, { owner: ownerOf(caller), upsert })
    return c.json({ url: `/object/upload/sign/${pathOf(object)}?token=${token}`, token })
  })

  app.put('/object/upload/sign/:bucket/*', async (c) => {
    const object = objectOf(c, 'upload/sign/')
    const grant = await verifyUpload(ctx, c.req.query('token'), object)
    await storeUpload(service, c.req.raw, uploadSigned(object, grant))
    return c.json({ Key: `${object.bucket}/${object.key}` })
  })

  app.post('/object/sign/:bucket', async (c) => {
    const caller = await callerOf(service, c)
    const { expiresIn, paths } = await readBody(c, signManyInput)
    const bucket = c.req.param('bucket')
    const { rows } = await ctx.asCaller(caller, (db) =>
      db.query<{ name: string }>('select name from storage.objects where bucket_id = $1 and name = any($2)', [
        bucket,
        paths,
      ]),
    )
    const visible = new Set(rows.map((row) => row.name))
    return c.json(
      await Promise.all(
        paths.map(async (path) => {
          if (!visible.has(path)) {
            return { error: 'Either the object does not exist or you do not have access to it', path, signedURL: null }
          }
          return { error: null, path, signedURL: await signedPath(ctx, { bucket, key: path }, expiresIn) }
        }),
      ),
    )
  })

  app.post('/object/sign/:bucket/*', async (c) => {
    const caller = await callerOf(service, c)
    const object = objectOf(c, 'sign/')
    const { expiresIn } = await readBody(c, signInput)
    await ctx.asCaller(caller, (db) => selectObject(db, object))
    return c.json({ signedURL: await signedPath(ctx, object, expiresIn) })
  })

  app.get('/object/sign/:bucket/*', async (c) => {
    const object = objectOf(c, 'sign/')
    const expires = await verifyDownload(ctx, c.req.query('token'), object)
    return serveObject(service, c, () => selectObject(ctx.admin, object), expires)
  })

  return app
}

async function signedPath(ctx: LocalContext, object: ObjectName, expiresIn: number): Promise<string> {
  return `/object/sign/${pathOf(object)}?token=${await signDownload(ctx, object, expiresIn)}`
}

/** Unencoded, as upstream: storage-js encodes the whole URL itself. */
function pathOf(object: ObjectName): string {
  return `${object.bucket}/${object.key}`
}
