import { isoTime } from '#server/services/assets/view.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { fileNameOf } from '#shared/gallery/rules.ts'
import type { DownloadFile } from '#shared/gallery/schema.ts'

/** Where to fetch full-size images and what to call them, in the order of `ids`; without those that have none. */
export async function listDownloads({
  ctx,
  input,
}: {
  ctx: UserContext
  input: { ids: readonly string[] }
}): Promise<DownloadFile[]> {
  const { database, storage } = ctx.deps
  const rows = await database.galleryCards(ctx.user.id, input.ids)
  const urls = await storage.signDownloads(rows.flatMap((row) => row.full_key ?? []))
  return input.ids.flatMap((id) => {
    const row = rows.find((one) => one.id === id)
    const signed = row?.full_key ? urls.get(row.full_key) : undefined
    if (!row || !signed || row.mime === null || row.bytes === null) return []
    const { transmission, prompt, mime, bytes } = row
    const name = fileNameOf({ transmission, prompt, mime })
    return [{ id, name, mime, bytes, url: signed.url, urlExpiresAt: isoTime(signed.expiresAt) }]
  })
}
