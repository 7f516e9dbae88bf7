import type { AlertRow } from '#server/adapters/database/rows.ts'
import type { Deps } from '#server/deps.ts'

export type AlertDeps = Pick<Deps, 'database' | 'alerts' | 'log'>

/** Told in one tick; the rest waits for the next. */
const atOnce = 10

/**
 * Tells the operator what opened since; nothing without a webhook. SQL hands each alert to one server at a time and
 * again, later and later, until somebody took it.
 */
export async function deliverAlerts({ database, alerts, log }: AlertDeps): Promise<void> {
  if (alerts === null) return
  for (let turn = 0; turn < atOnce; turn += 1) {
    const alert = await database.takeAlert()
    if (alert === null) return
    const facts = { alert: alert.id, kind: alert.kind, subject: alert.subject }
    try {
      await alerts.tell(alert, sentenceOf(alert))
    } catch (error) {
      log.error({ ...facts, tries: alert.tries, err: error }, 'alert not delivered')
      // The rest goes the same way: better to come back to it than to make every tick wait for a dead webhook.
      return
    }
    await database.alertTold(alert.id)
    log.info(facts, 'alert delivered')
  }
}

/** One sentence about an alert, for people. */
export function sentenceOf({ kind, subject, detail }: Pick<AlertRow, 'kind' | 'subject' | 'detail'>): string {
  if (kind === 'spend') {
    const spent = `The Forge has spent ${usd(detail['spent_usd'])} of today’s ${usd(detail['cap_usd'])}`
    return Number(detail['percent']) >= 100
      ? `${spent}: nothing more is taken or started until 00:00 UTC; what runs is finished.`
      : `${spent} (${String(detail['percent'])} %).`
  }
  if (kind === 'books') return 'The Forge’s books do not balance. Run: npm run audit'
  if (kind === 'stripe') return `The Forge: a payment needs a look (${subject}). Run: npm run reconcile`
  return `The Forge: ${kind} ${subject}`.trim()
}

function usd(amount: unknown): string {
  return `$${Number(amount).toFixed(2)}`
}
