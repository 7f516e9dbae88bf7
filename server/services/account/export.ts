import { z } from 'zod'
import { isoTime, toAssetView } from '#server/services/assets/view.ts'
import { readHistory } from '#server/services/credits/history.ts'
import { listJobs } from '#server/services/forge/list.ts'
import type { UserContext } from '#server/trpc/context.ts'
import type { ExportPage, exportInput } from '#shared/account/schema.ts'
import { ledgerCursor } from '#shared/credits/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { jobCursor } from '#shared/jobs/schema.ts'
import { uuid } from '#shared/uuid.ts'

type Page<Part extends ExportPage['part']> = Extract<ExportPage, { part: Part }>

const limit = 50
/** What each part's cursors look like; the account is one page, so it has none. */
const cursors = { account: z.never(), jobs: jobCursor, images: uuid, links: uuid, ledger: ledgerCursor } as const

/** One page of everything that is kept about the caller. Throws INVALID_INPUT {path: 'cursor'} for a foreign cursor. */
export async function exportAccount({
  ctx,
  input,
}: {
  ctx: UserContext
  input: z.infer<typeof exportInput>
}): Promise<ExportPage> {
  const { part } = input
  const cursor = input.cursor ?? null
  if (cursor !== null && !cursors[part].safeParse(cursor).success) {
    throw new ForgeError('INVALID_INPUT', { path: 'cursor' })
  }
  switch (part) {
    case 'account':
      return accountPage(ctx)
    case 'jobs':
      return { part, ...(await listJobs({ ctx, input: { ...(cursor === null ? {} : { cursor }), limit } })) }
    case 'images':
      return imagesPage(ctx, cursor)
    case 'links':
      return linksPage(ctx, cursor)
    case 'ledger':
      return { part, ...(await readHistory({ ctx, input: { cursor, limit, show: 'everything' } })) }
    default:
      return part satisfies never
  }
}

async function accountPage(ctx: UserContext): Promise<Page<'account'>> {
  const { accounts, database, clock } = ctx.deps
  const [account, { balance, held }, sold] = await Promise.all([
    accounts.read(ctx.user.id),
    database.balance(ctx.user.id),
    accounts.purchases(ctx.user.id),
  ])
  const purchases = sold.map(({ id, credits, amount_cents: amountCents, currency, status, created_at: at }) => {
    return { id, credits, amountCents, currency, status, at }
  })
  const exportedAt = isoTime(clock.now())
  return { part: 'account', items: [{ ...account, balance, held, purchases, exportedAt }], nextCursor: null }
}

async function imagesPage(ctx: UserContext, before: string | null): Promise<Page<'images'>> {
  const { accounts, storage } = ctx.deps
  const rows = await accounts.images(ctx.user.id, before, limit + 1)
  const page = rows.slice(0, limit)
  const urls = await storage.signDownloads(page.map((row) => row.storage_key))
  const items = page.flatMap((row) => {
    const view = toAssetView(row, urls)
    return view === null ? [] : [{ ...view, job: row.job_id, createdAt: row.created_at }]
  })
  return { part: 'images', items, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}

async function linksPage(ctx: UserContext, before: string | null): Promise<Page<'links'>> {
  const rows = await ctx.deps.accounts.links(ctx.user.id, before, limit + 1)
  const page = rows.slice(0, limit)
  const items = page.map(({ id, job_id: job, slug, recipe, created_at: createdAt, revoked_at: revokedAt }) => {
    return { id, job, slug, recipe, createdAt, revokedAt }
  })
  return { part: 'links', items, nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null }
}
