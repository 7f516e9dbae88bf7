import type { AssetRow } from '#server/adapters/database/rows.ts'
import type { SignedUrl } from '#server/adapters/storage.ts'
import type { AssetView } from '#shared/assets/schema.ts'

/** The owner's view of one image, or null when its object is gone from storage. */
export function toAssetView(row: AssetRow, urls: ReadonlyMap<string, SignedUrl>): AssetView | null {
  const signed = urls.get(row.storage_key)
  if (signed === undefined) return null
  const { id, kind, mime, width, height, bytes } = row
  return { id, kind, mime, width, height, bytes, url: signed.url, urlExpiresAt: isoTime(signed.expiresAt) }
}

/** Milliseconds since 1970 as ISO 8601. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
