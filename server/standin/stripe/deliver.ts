import { setTimeout as wait } from 'node:timers/promises'
import { Stripe } from 'stripe'
import type { Store, StripeObject } from './store.ts'

export type Webhook = { url: string; secret: string }

const retry = { firstMs: 200, mostMs: 60_000, timeoutMs: 10_000 } as const
const lookEveryMs = 100

/** Body and `Stripe-Signature` of one delivery, made by Stripe's own library. `at`: seconds since 1970. */
export function sign(event: StripeObject, secret: string, at?: number): { body: string; signature: string } {
  const body = JSON.stringify(event)
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret,
    ...(at === undefined ? {} : { timestamp: at }),
  })
  return { body, signature }
}

/** Delivers what is due until aborted: any answer but 2xx is asked again, later each time, like Stripe does. */
export async function deliverLoop(
  parts: { store: Store; webhook: Webhook; onUndelivered: (event: string, reason: string) => void; settle: () => void },
  signal: AbortSignal,
): Promise<void> {
  const { store, webhook } = parts
  while (!signal.aborted) {
    parts.settle()
    const due = store.state.deliveries.filter((delivery) => delivery.due <= Date.now())
    await Promise.all(
      due.map(async (delivery) => {
        const reason = await deliver(store, webhook, { event: delivery.event, signal })
        if (reason === null) {
          store.state.deliveries.splice(store.state.deliveries.indexOf(delivery), 1)
        } else if (!signal.aborted) {
          delivery.tries += 1
          delivery.due = Date.now() + Math.min(retry.mostMs, retry.firstMs * 2 ** delivery.tries)
          parts.onUndelivered(delivery.event, reason)
        }
      }),
    )
    if (due.length > 0) store.save()
    await wait(lookEveryMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Null when it was taken, else why not. */
async function deliver(
  store: Store,
  { url, secret }: Webhook,
  { event: id, signal }: { event: string; signal: AbortSignal },
): Promise<string | null> {
  const event = store.get('event', id)
  if (event === null) return null
  const { body, signature } = sign(event, secret)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(retry.timeoutMs)]),
    })
    await response.arrayBuffer()
    return response.ok ? null : `status ${response.status}`
  } catch {
    return 'no answer'
  }
}
