/** How a purchase stands: `processing` = Checkout is done and a delayed method's money is on its way. */
export const purchaseStates = ['open', 'processing', 'paid', 'failed', 'expired'] as const
export type PurchaseState = (typeof purchaseStates)[number]

/** What the list can be narrowed to. */
export const ledgerFilters = ['everything', 'spent', 'returned', 'bought'] as const
export type LedgerFilter = (typeof ledgerFilters)[number]

/** A movement as its owner sees it. `held`: its job is open, or gave it back further up. */
export const entryKinds = [
  'held',
  'spent',
  'returned',
  'bought',
  'granted',
  'clawed',
  'restored',
  'moved',
  'adjusted',
] as const
export type EntryKind = (typeof entryKinds)[number]

/** How many images of one mode `credits` pays for. */
export function imagesFor(credits: number, price: number): number {
  return price > 0 ? Math.floor(credits / price) : 0
}
