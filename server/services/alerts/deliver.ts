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
  if (kind === 'box') {
    return detail['quarantined'] === true
      ? `The Forge: box ${subject} of key ${String(detail['key'])} only fails and gets no more work. Run: npm run fleet`
      : `The Forge: box ${subject} of key ${String(detail['key'])} is refused too often. Run: npm run fleet`
  }
  if (kind === 'key') {
    return `The Forge: ${String(detail['boxes'])} boxes of key ${String(detail['key'])} only fail; none of it gets work any more. Run: npm run fleet`
  }
  if (kind === 'books') return 'The Forge’s books do not balance. Run: npm run audit'
  if (kind === 'stripe') return `The Forge: a payment needs a look (${subject}). Run: npm run reconcile`
  if (kind === 'capacity')
    return `The Forge gets no boxes from ${subject}: ${String(detail['problem'])}. Run: npm run doctor`
  if (kind === 'rented')
    return `The Forge pays for ${String(detail['boxes'])} box(es) of ${subject} (${usd(detail['usd_per_hour'])} an hour) that no server looks after: set the key of ${String(detail['provider'])} again, or end them there. Run: npm run fleet`
  if (kind === 'removal')
    return `The Forge cannot give back ${subject} (${String(detail['pool'])}), which goes on costing: ${String(detail['problem'])}. End it at its provider, then: npm run fleet -- --gone ${subject}`
  if (kind === 'saving') return `The Forge ${savedBy(String(detail['step']))} ${figures(detail)}`
  return `The Forge: ${kind} ${subject}`.trim()
}

function usd(amount: unknown): string {
  return `$${Number(amount).toFixed(2)}`
}

const savings: Readonly<Record<string, string>> = {
  none: 'saves on nothing any more.',
  frames: 'sends fewer previews until 00:00 UTC.',
  free_size: 'makes free images smaller until 00:00 UTC.',
  free_paused: 'pauses free images until 00:00 UTC.',
  fallback_off: 'renders nothing at a provider until 00:00 UTC.',
  boxes_drained: 'gives its boxes back: nothing more is taken or started until 00:00 UTC.',
}

function savedBy(step: string): string {
  return savings[step] ?? `saves money (${step}).`
}

function figures(detail: AlertRow['detail']): string {
  const projected = detail['projected_usd']
  const day = projected === null ? '' : `; at this rate the day ends at ${usd(projected)}`
  return `Spent: ${usd(detail['spent_usd'])}, cap: ${usd(detail['cap_usd'])}${day}.`
}
