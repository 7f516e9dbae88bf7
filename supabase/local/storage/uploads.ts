import type { Caller } from '#supabase/local/context.ts'
import { commitObject, findBucket, ownerOf, probeWrite, refuseTaken } from './database.ts'
import type { ObjectMetadata } from './database.ts'
import type { StoredBlob } from './blobs.ts'
import { refusals } from './errors.ts'
import { checkKey, mimeAllowed } from './names.ts'
import type { StorageService } from './service.ts'
import type { ObjectName } from './tokens.ts'
import { withUpload } from './upload-body.ts'
import type { UploadHead } from './upload-body.ts'

type Upload = {
  object: ObjectName
  /** Whose rights decide; undefined for a signed URL, which was decided when it was signed. */
  caller: Caller | undefined
  owner: string | undefined
  upsert: boolean
}

/**
 * Streams a request's file into an object: rights and size first, then the bytes, then one transaction that makes
 * them visible. Without `upsert` the first writer wins and every other is refused, also at the same instant.
 * Throws `StorageError` or the Postgres error of a refusal; a refused upload leaves no file.
 */
export async function storeUpload(service: StorageService, request: Request, upload: Upload): Promise<{ id: string }> {
  checkKey(upload.object.key)
  const bucket = await findBucket(service.ctx, upload.object.bucket)
  const limit = Math.min(service.settings.maxFileBytes, Number(bucket.file_size_limit ?? Infinity))
  if (upload.caller !== undefined) await probeWrite(service.ctx, upload.caller, upload.object, upload.upsert)
  else if (!upload.upsert) await refuseTaken(service.ctx, upload.object)
  return withUpload(request, async (head) => {
    if (!mimeAllowed(head.mime, bucket.allowed_mime_types)) throw refusals.invalidMimeType(head.mime.slice(0, 100))
    const isForm = request.headers.get('content-type')?.toLowerCase().startsWith('multipart/') === true
    const declared = Number(request.headers.get('content-length') ?? '0')
    if (!isForm && declared > limit) throw refusals.tooLarge()
    const blob = await service.blobs.receive(head.body, { limit, idleMs: service.settings.idleMs })
    return publish(service, upload, head, blob)
  })
}

/** Row for a blob that is on disk; without a row the blob is taken away again. */
async function publish(
  service: StorageService,
  upload: Upload,
  head: UploadHead,
  blob: StoredBlob,
): Promise<{ id: string }> {
  try {
    const { object, owner, upsert } = upload
    const metadata = metadataOf(blob, head.mime, head.cacheControl)
    const row = { object, owner, version: blob.version, metadata, userMetadata: head.userMetadata ?? {} }
    const { id, replaced } = await commitObject(service.ctx, row, upsert)
    await service.blobs.remove([replaced])
    return { id }
  } catch (error) {
    await service.blobs.remove([blob.version])
    throw error
  }
}

function metadataOf(blob: StoredBlob, mime: string, cacheControl: string): ObjectMetadata {
  return {
    eTag: blob.etag,
    size: blob.size,
    mimetype: mime,
    cacheControl,
    lastModified: new Date().toISOString(),
    contentLength: blob.size,
    httpStatusCode: 200,
  }
}

/** Upload by a caller with rights of its own. */
export function uploadAs(caller: Caller, object: ObjectName, upsert: boolean): Upload {
  return { object, caller, owner: ownerOf(caller), upsert }
}

/** Upload by a signed URL: its rights were checked when it was signed. */
export function uploadSigned(object: ObjectName, grant: { owner: string | undefined; upsert: boolean }): Upload {
  return { object, caller: undefined, ...grant }
}
