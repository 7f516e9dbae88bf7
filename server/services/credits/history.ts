import type { z } from 'zod'
import type { LedgerRow } from '#server/adapters/database/money.ts'
import type { SignedUrl } from '#server/adapters/storage.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { LedgerEntry, historyInput } from '#shared/credits/schema.ts'
import { entryKind, kindsOf, purchaseIdOf } from './entry.ts'

type Page = { items: LedgerEntry[]; nextCursor: string | null }

/** The caller's movements, newest first, each with the picture it was for. */
export async function readHistory({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof historyInput>
}): Promise<Page> {
  const { database, storage } = ctx.deps
  const before = input.cursor ? Number(input.cursor) : null
  const rows = await database.ledger(ctx.user.id, { kinds: kindsOf[input.show], before, limit: input.limit + 1 })
  const page = rows.slice(0, input.limit)
  const urls = await storage.signDownloads(page.flatMap((row) => row.thumb_key ?? []))
  const nextCursor = rows.length > page.length ? String(page.at(-1)?.id) : null
  return { items: page.map((row) => toEntry(row, urls)), nextCursor }
}

function toEntry(row: LedgerRow, urls: ReadonlyMap<string, SignedUrl>): LedgerEntry {
  return {
    id: String(row.id),
    at: row.created_at,
    kind: entryKind(row),
    delta: row.delta,
    balanceAfter: row.balance_after,
    job: jobOf(row, urls),
    purchaseId: purchaseIdOf(row),
  }
}

function jobOf(row: LedgerRow, urls: ReadonlyMap<string, SignedUrl>): LedgerEntry['job'] {
  const { job_id: id, transmission, mode, status, step } = row
  if (id === null || transmission === null || mode === null || status === null) return null
  const thumbUrl = row.thumb_key === null ? null : (urls.get(row.thumb_key)?.url ?? null)
  return { id, transmission, mode, status, step: step ?? 0, errorCode: row.error_code, thumbUrl }
}
