import type { QuoteReply } from '#server/adapters/database/rows.ts'
import type { QueueView } from '#shared/jobs/schema.ts'

export function toQueueView(queue: QuoteReply['queue']): QueueView {
  const etaMs = queue.eta_ms === null ? null : Math.round(queue.eta_ms)
  return { ahead: queue.ahead, workersOnline: queue.workers_online, etaMs }
}
