import type { LedgerRow } from '#server/adapters/database/money.ts'
import type { UserContext } from '#server/trpc/context.ts'
import { entryKind, purchaseIdOf } from './entry.ts'

const pageSize = 1_000
/** Rows of one file; older ones are left out, and the answer says so. */
const mostRows = 20_000

const columns = ['time (UTC)', 'what', 'change', 'balance after', 'image', 'mode', 'purchase'] as const

/** The caller's whole ledger as CSV (RFC 4180), newest first. Every cell is ours: no text of a user is in it. */
export async function exportHistory({ ctx }: { ctx: UserContext }): Promise<{ csv: string; truncated: boolean }> {
  const lines: string[] = [columns.join(',')]
  for (let before: number | null = null; lines.length <= mostRows;) {
    const page: LedgerRow[] = await ctx.deps.database.ledger(ctx.user.id, { kinds: null, before, limit: pageSize })
    lines.push(...page.map(toLine))
    if (page.length < pageSize) return { csv: toFile(lines), truncated: false }
    before = page.at(-1)?.id ?? null
  }
  return { csv: toFile(lines), truncated: true }
}

function toLine(row: LedgerRow): string {
  const { delta, balance_after: after, transmission, mode } = row
  const at = new Date(row.created_at).toISOString()
  return [at, entryKind(row), delta, after, transmission ?? '', mode ?? '', purchaseIdOf(row) ?? ''].join(',')
}

function toFile(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`
}
