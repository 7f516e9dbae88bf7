import type { CardRow } from '#server/adapters/database/gallery.ts'
import type { SignedUrl } from '#server/adapters/storage.ts'
import { isoTime } from '#server/services/assets/view.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { GalleryCard } from '#shared/gallery/schema.ts'

/**
 * Cards of the caller's jobs in the order of `ids`; those of others and unknown ones are missing. With `deleted`, ones
 * that were deleted keep words and thumbnail as long as they can be brought back.
 */
export async function readCards({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { ids: readonly string[]; deleted?: boolean }
}): Promise<GalleryCard[]> {
  if (input.ids.length === 0) return []
  const { database, storage } = ctx.deps
  const found = await database.galleryCards(ctx.user.id, input.ids)
  const rows = input.deleted ? found : found.map(withoutDeleted)
  const urls = await storage.signDownloads(rows.flatMap((row) => row.thumb_key ?? []))
  const byId = new Map(rows.map((row) => [row.id, toCard(row, urls)]))
  return input.ids.flatMap((id) => byId.get(id) ?? [])
}

function withoutDeleted(row: CardRow): CardRow {
  return row.deleted ? { ...row, prompt: '', thumb_key: null } : row
}

function toCard(row: CardRow, urls: ReadonlyMap<string, SignedUrl>): GalleryCard {
  const signed = row.thumb_key === null ? undefined : urls.get(row.thumb_key)
  return {
    id: row.id,
    mode: row.mode,
    transmission: row.transmission,
    status: row.status,
    errorCode: row.error_code,
    purse: row.purse,
    returned: row.returned,
    step: row.step,
    favourite: row.favourite,
    deleted: row.deleted,
    until: row.until,
    prompt: row.prompt,
    createdAt: row.created_at,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    thumb: signed === undefined ? null : { url: signed.url, urlExpiresAt: isoTime(signed.expiresAt) },
  }
}
