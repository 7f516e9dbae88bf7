import type { PurchaseState } from '#shared/credits/rules.ts'

/** After this long a purchase that is still open is called slow, ms. */
export const slowAfter = 60_000

/** When to ask for the purchase again, ms; null once nothing can change. */
export function askAgainIn(state: PurchaseState, waitedMs: number): number | null {
  if (state === 'open') return waitedMs < slowAfter ? 1_500 : 10_000
  return state === 'processing' ? (waitedMs < slowAfter ? 5_000 : 60_000) : null
}
