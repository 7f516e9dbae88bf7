import type { z } from 'zod'
import type { UserContext } from '#server/trpc/context.ts'
import type { UploadTicket, requestUploadInput } from '#shared/assets/schema.ts'
import { storageKeys } from './keys.ts'
import { isoTime } from './view.ts'

/** A ticket to PUT one image, once, under a name that is never served. */
export async function requestUpload({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof requestUploadInput>
}): Promise<UploadTicket> {
  const { database, storage, ids } = ctx.deps
  const uploadId = ids.row()
  const key = storageKeys.staging(ids.secret())
  await database.createUpload({ id: uploadId, owner: ctx.user.id, key, mime: input.mime, bytes: input.bytes })
  const signed = await storage.signUpload(key)
  return {
    uploadId,
    method: 'PUT',
    url: signed.url,
    headers: { 'content-type': input.mime },
    expiresAt: isoTime(signed.expiresAt),
  }
}
