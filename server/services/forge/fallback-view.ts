import type { JobRow } from '#server/adapters/database/rows.ts'
import type { Catalogue } from '#server/adapters/workflows.ts'
import type { JobView } from '#shared/jobs/schema.ts'

/** How an outside provider has a hand in the attempt that counts; null when it has none, or nothing to show for it yet. */
export function fallbackOf(row: JobRow, catalogue: Pick<Catalogue, 'offer'>): JobView['fallback'] {
  const { remote, status, epoch } = row
  if (remote?.provider === undefined || remote.reason === undefined || remote.epoch !== epoch) return null
  if (status === 'queued' || remote.refused === true) return null
  const notes = catalogue.offer(row.mode, row.variant)?.notes ?? []
  return { provider: remote.provider, reason: remote.reason, notes: [...notes] }
}
