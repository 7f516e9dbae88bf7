import type { AlertRow } from '#server/adapters/database/rows.ts'

/** Where an operator hears of alerts. Rejects when it was not taken; the same alert then comes again. */
export type AlertSink = { tell: (alert: AlertRow, text: string) => Promise<void> }

const timeoutMs = 5_000

/**
 * A webhook: POST of {id, kind, subject, detail, opened_at, text}; `text` is one plain sentence, as chat services take
 * it. Any 2xx is taken. The id is also the Idempotency-Key: a lost answer is a repeat.
 */
export function createAlertWebhook(url: string): AlertSink {
  return {
    async tell(alert, text) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': `forge-alert-${alert.id}` },
        body: JSON.stringify({ ...alert, text }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`the alert webhook answered ${response.status}`)
    },
  }
}
