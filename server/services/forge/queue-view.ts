import type { QuoteReply } from '#server/adapters/database/rows.ts'
import type { QueueView } from '#shared/jobs/schema.ts'

export function toQueueView(queue: QuoteReply['queue']): QueueView {
  return {
    ahead: queue.ahead,
    workersOnline: queue.workers_online,
    etaMs: whole(queue.eta_ms),
    p90Ms: whole(queue.p90_ms),
    startingMs: whole(queue.starting_ms),
    warm: queue.warm,
    fallback: queue.fallback,
  }
}

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms)
}
