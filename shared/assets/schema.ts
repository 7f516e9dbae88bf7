import { z } from 'zod'
import { uuid } from '#shared/uuid.ts'
import { assetKinds, imageLimits, imageMimes } from './rules.ts'

/** One stored image as its owner sees it; `url` is signed and expires at `urlExpiresAt`. */
export const assetView = z.object({
  id: z.uuid(),
  kind: z.enum(assetKinds),
  mime: z.enum(imageMimes),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  url: z.url(),
  urlExpiresAt: z.iso.datetime({ offset: true }),
})
export type AssetView = z.infer<typeof assetView>

export const requestUploadInput = z.strictObject({
  mime: z.enum(imageMimes),
  bytes: z.int().min(1).max(imageLimits.uploadBytes),
})

/** Where to PUT the bytes, once. The object it names is never served: `assets.confirm` copies what it has checked. */
export const uploadTicket = z.object({
  uploadId: z.uuid(),
  method: z.literal('PUT'),
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  expiresAt: z.iso.datetime({ offset: true }),
})
export type UploadTicket = z.infer<typeof uploadTicket>

/** `maskOf` names the work image that the upload is a mask of: white = repaint, same size. */
export const confirmUploadInput = z.strictObject({ uploadId: uuid, maskOf: uuid.nullable().default(null) })

/** Asks for the work image of an asset: scaled once to the mode's grid and kept lossless. The same twice is the same. */
export const prepareWorkInput = z.strictObject({ assetId: uuid, mode: z.string().min(1).max(32) })
