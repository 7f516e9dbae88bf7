import type { LedgerKind, LedgerRow } from '#server/adapters/database/money.ts'
import type { EntryKind, LedgerFilter } from '#shared/credits/rules.ts'

/** The ledger's own kinds behind each way of narrowing the list; null = all. */
export const kindsOf: Readonly<Record<LedgerFilter, readonly LedgerKind[] | null>> = {
  everything: null,
  spent: ['hold'],
  returned: ['release', 'capture'],
  bought: ['purchase', 'grant', 'clawback', 'adjust'],
}

/** What a movement was, in the owner's terms. */
export function entryKind(row: Pick<LedgerRow, 'kind' | 'ended_by' | 'external_id'>): EntryKind {
  switch (row.kind) {
    case 'hold':
      return row.ended_by === 'capture' ? 'spent' : 'held'
    case 'release':
    case 'capture':
      return 'returned'
    case 'purchase':
      return 'bought'
    case 'grant':
      return 'granted'
    case 'clawback':
      return 'clawed'
    case 'adjust':
      if (row.external_id?.startsWith('restore:')) return 'restored'
      return row.external_id?.startsWith('merge:') ? 'moved' : 'adjusted'
  }
}

const ofPurchase = /^(?:purchase|clawback|restore):([0-9a-f-]{36})/

export function purchaseIdOf(row: Pick<LedgerRow, 'external_id'>): string | null {
  return ofPurchase.exec(row.external_id ?? '')?.[1] ?? null
}
