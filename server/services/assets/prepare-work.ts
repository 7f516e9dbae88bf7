import type { z } from 'zod'
import type { Pixels } from '#server/adapters/images.ts'
import type { AssetRow } from '#server/adapters/database/rows.ts'
import { chooseTemplate } from '#server/services/modes/choose-template.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { AssetView, prepareWorkInput } from '#shared/assets/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { fitToGrid } from '#shared/workflows/size.ts'
import { storageKeys } from './keys.ts'
import { storeOnce } from './store-once.ts'
import { toAssetView } from './view.ts'

/** Bytes of an object of ours: what the bucket takes. */
const storedBytes = 64 * 1024 * 1024

/**
 * The work image of one asset for a mode that repaints: the asset scaled once to the mode's grid, lossless. The same
 * asset and size is the same work image, however often and at once it is asked for. Throws ASSET_NOT_FOUND, MODE_*,
 * and INVALID_INPUT for a mode without masks or an asset that is no picture of its own.
 */
export async function prepareWork({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof prepareWorkInput>
}): Promise<AssetView> {
  const { database, storage } = ctx.deps
  const { variant } = chooseTemplate(ctx, await database.settings(), input.mode)
  if (!variant.repaints) throw new ForgeError('INVALID_INPUT', { path: 'mode' })
  const [asset] = await database.assets(ctx.user.id, [input.assetId])
  if (asset === undefined) throw new ForgeError('ASSET_NOT_FOUND', { asset: input.assetId })

  const size = fitToGrid(asset.width, asset.height, variant.pixels, variant.sizeMultiple)
  const isWork = asset.kind === 'work' && asset.width === size.width && asset.height === size.height
  // Asked for a work image too: whether it lives and may be used is the database's to say.
  const made = await database.findWorkImage(ctx.user.id, asset.id, size)
  const work = isWork ? asset : (made ?? (await make(ctx, asset, size)))
  const view = toAssetView(work, await storage.signDownloads([work.storage_key]))
  if (view === null) throw new ForgeError('ASSET_NOT_FOUND', { asset: work.id })
  return view
}

async function make(ctx: UserContext, asset: AssetRow, size: Pixels): Promise<AssetRow> {
  const { database, storage, images, ids } = ctx.deps
  const bytes = await storage.read(asset.storage_key, storedBytes)
  if (bytes === null) throw new ForgeError('ASSET_NOT_FOUND', { asset: asset.id })
  const image = await images.scaleToGrid(bytes, size)
  const id = ids.row()
  return storeOnce(ctx, { id, key: storageKeys.work(id), image }, (facts) =>
    database.keepWorkImage(ctx.user.id, asset.id, facts),
  )
}
