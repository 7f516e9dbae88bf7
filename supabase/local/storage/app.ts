import { Hono } from 'hono'
import { join } from 'node:path'
import type { LocalContext } from '#supabase/local/context.ts'
import { createBlobs } from './blobs.ts'
import { bucketRoutes } from './bucket-routes.ts'
import { renderStorageError, StorageError, storageErrorOf } from './errors.ts'
import { objectRoutes } from './object-routes.ts'
import { defaultStorageSettings } from './service.ts'
import type { StorageService, StorageSettings } from './service.ts'
import { signedRoutes } from './signed-routes.ts'

/** The part of Supabase Storage that this project uses, to be mounted at `/storage/v1`. */
export function createStorageApp(ctx: LocalContext, overrides: Partial<StorageSettings> = {}): Hono {
  const service: StorageService = {
    ctx,
    blobs: createBlobs(join(ctx.objectsDir, 'v1')),
    settings: { ...defaultStorageSettings, ...overrides },
  }
  const app = new Hono()
  app.get('/status', (c) => c.json({ status: 'ok' }))
  app.route('/', bucketRoutes(service))
  // Before the routes with a free bucket name, which would match `sign` as one.
  app.route('/', signedRoutes(service))
  app.route('/', objectRoutes(service))
  app.all('*', () => {
    throw new StorageError(404, 'NotFound', 'Not part of the local stack')
  })
  app.onError((error, c) => {
    const known = storageErrorOf(error)
    // What we did not expect is the gateway's to log and answer.
    if (known === undefined) throw error
    return renderStorageError(c, known)
  })
  return app
}
