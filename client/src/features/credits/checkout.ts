import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import type { Refusal } from '#client/lib/refusal.ts'

/** Waits between asking again for a lost reply, ms. */
const repeats = [1_000, 3_000] as const

/**
 * Begins a purchase and answers where it is paid. A lost reply is asked for again under the same id, so that a press
 * opens one Checkout page and no more.
 */
export async function beginCheckout(pack: string): Promise<{ url: string } | Refusal> {
  const requestId = crypto.randomUUID()
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await api.credits.checkout.mutate({ requestId, pack })
    } catch (error) {
      const refusal = refusalOf(error)
      const wait = repeats[attempt]
      if (refusal.kind === 'refused' || wait === undefined) return refusal
      await new Promise((resolve) => {
        setTimeout(resolve, wait)
      })
    }
  }
}
