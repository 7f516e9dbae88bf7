import { wasRefused } from '#server/adapters/database/refusal.ts'
import type { AssetRow, NewAsset } from '#server/adapters/database/rows.ts'
import type { NormalisedImage } from '#server/adapters/images.ts'
import type { Context } from '#server/trpc/context.ts'

type Stored = { id: string; key: string; image: NormalisedImage }

/**
 * Puts the object, then records it. When the record is refused, or answers the asset of a call that was first, the
 * object is nobody's and goes.
 */
export async function storeOnce(
  ctx: Context,
  { id, key, image }: Stored,
  record: (facts: Omit<NewAsset, 'kind'>) => Promise<AssetRow>,
): Promise<AssetRow> {
  const { bytes, ...facts } = image
  await ctx.deps.storage.put(key, bytes, facts.mime)
  const row = await record({ id, storage_key: key, ...facts, bytes: bytes.byteLength }).catch(
    async (error: unknown) => {
      // After silence the asset may be recorded: its object has to stay.
      if (wasRefused(error)) await discard(ctx, key)
      throw error
    },
  )
  if (row.id !== id) await discard(ctx, key)
  return row
}

/** Best effort: what stays behind in staging is removed a day later, anything else costs only its space. */
export async function discard(ctx: Context, key: string): Promise<void> {
  await ctx.deps.storage.remove([key]).catch((error: unknown) => ctx.log.warn({ err: error }, 'object left behind'))
}
