import type { z } from 'zod'
import type { AssetRow, UploadRow } from '#server/adapters/database/rows.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { imageLimits } from '#shared/assets/rules.ts'
import type { AssetView, confirmUploadInput } from '#shared/assets/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { storageKeys } from './keys.ts'
import { discard, storeOnce } from './store-once.ts'
import { toAssetView } from './view.ts'

/**
 * Turns an upload into an asset: checks the bytes, re-encodes them and stores the result under a key that no signed
 * PUT names. With `maskOf` it becomes a mask of that work image. Confirming twice answers the same asset. Throws
 * UPLOAD_NOT_FOUND, UPLOAD_MISSING, FILE_*, IMAGE_*; for a mask also ASSET_NOT_FOUND, WORK_IMAGE_REQUIRED and MASK_*.
 */
export async function confirmUpload({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof confirmUploadInput>
}): Promise<AssetView> {
  const { database, storage } = ctx.deps
  const upload = await database.upload(input.uploadId, ctx.user.id)
  if (upload === null) throw new ForgeError('UPLOAD_NOT_FOUND')
  const known = upload.asset_id === null ? [] : await database.assets(ctx.user.id, [upload.asset_id])
  const asset = known[0] ?? (await store(ctx, upload, input.maskOf))
  if ((asset.kind === 'mask') !== (input.maskOf !== null)) throw new ForgeError('INVALID_INPUT', { path: 'maskOf' })
  const view = toAssetView(asset, await storage.signDownloads([asset.storage_key]))
  if (view === null) throw new ForgeError('ASSET_NOT_FOUND')
  return view
}

async function store(ctx: UserContext, upload: UploadRow, maskOf: string | null): Promise<AssetRow> {
  const { database, storage, images, ids } = ctx.deps
  const work = maskOf === null ? null : await requireWork(ctx, maskOf)
  const raw = await storage.read(upload.staging_key, imageLimits.uploadBytes)
  if (raw === null) throw new ForgeError('UPLOAD_MISSING')

  const image = work === null ? await images.normalise(raw) : await images.normaliseMask(raw, work)
  const id = ids.row()
  const key = work === null ? storageKeys.input(id, image.mime) : storageKeys.mask(id)
  const kind = work === null ? 'input' : 'mask'
  const parents = work === null ? [] : [work.id]
  const row = await storeOnce(ctx, { id, key, image }, (facts) =>
    database.confirmUpload(upload.id, ctx.user.id, { ...facts, kind, parents }),
  )
  if (row.id === id) await discard(ctx, upload.staging_key)
  return row
}

/** The work image that a mask is to lie on. Whether it still lives is the database's to say. */
async function requireWork(ctx: UserContext, id: string): Promise<AssetRow> {
  const [asset] = await ctx.deps.database.assets(ctx.user.id, [id])
  if (asset === undefined) throw new ForgeError('ASSET_NOT_FOUND', { asset: id })
  if (asset.kind !== 'work') throw new ForgeError('WORK_IMAGE_REQUIRED', { asset: id })
  return asset
}
