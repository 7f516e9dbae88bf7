import type { z } from 'zod'
import { wasRefused } from '#server/adapters/database/refusal.ts'
import type { AssetRow } from '#server/adapters/database/rows.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { imageLimits } from '#shared/assets/rules.ts'
import type { AssetView, confirmUploadInput } from '#shared/assets/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { storageKeys } from './keys.ts'
import { toAssetView } from './view.ts'

/**
 * Turns an upload into an asset: checks the bytes, re-encodes them and stores the result under a key that no signed
 * PUT names. Confirming twice answers the same asset. Throws UPLOAD_NOT_FOUND, UPLOAD_MISSING, FILE_* and IMAGE_*.
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
  const asset = known[0] ?? (await store(ctx, upload.id, upload.staging_key))
  const view = toAssetView(asset, await storage.signDownloads([asset.storage_key]))
  if (view === null) throw new ForgeError('ASSET_NOT_FOUND')
  return view
}

async function store(ctx: UserContext, uploadId: string, stagingKey: string): Promise<AssetRow> {
  const { database, storage, images, ids } = ctx.deps
  const raw = await storage.read(stagingKey, imageLimits.uploadBytes)
  if (raw === null) throw new ForgeError('UPLOAD_MISSING')
  const { bytes, ...facts } = await images.normalise(raw)

  const id = ids.row()
  const key = storageKeys.input(id, facts.mime)
  await storage.put(key, bytes, facts.mime)
  const row = await database
    .confirmUpload(uploadId, ctx.user.id, { id, kind: 'input', storage_key: key, ...facts, bytes: bytes.byteLength })
    .catch(async (error: unknown) => {
      // After silence the asset may be recorded: its object has to stay.
      if (wasRefused(error)) await discard(ctx, key)
      throw error
    })
  // Another confirm of the same upload was first: its asset counts, our copy is nobody's.
  await discard(ctx, row.id === id ? stagingKey : key)
  return row
}

/** Best effort: what stays behind in staging is removed a day later, anything else costs only its space. */
async function discard(ctx: UserContext, key: string): Promise<void> {
  await ctx.deps.storage.remove([key]).catch((error: unknown) => ctx.log.warn({ err: error }, 'object left behind'))
}
