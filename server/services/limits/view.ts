import type { QuoteReply } from '#server/adapters/database/rows.ts'
import type { LimitsView } from '#shared/limits/schema.ts'

export function toLimitsView(
  quote: Pick<QuoteReply, 'free' | 'credits' | 'jobs'>,
  saving: LimitsView['saving'],
): LimitsView {
  const { resets_at: resetsAt, left, cap, shared } = quote.free
  return { free: { left, cap, resetsAt, shared }, credits: quote.credits, jobs: quote.jobs, saving }
}
