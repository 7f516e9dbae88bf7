import type { Money } from '#server/adapters/database/money.ts'
import { ForgeError } from '#shared/errors.ts'

/** A shop with empty shelves: what is sold is tested against Postgres. */
export function memoryMoney(): Money {
  return {
    packs: () => Promise.resolve([]),
    createPurchase: () => Promise.reject(new ForgeError('NOT_FOUND')),
    saveCheckout: () => Promise.resolve(),
    customer: () => Promise.resolve(null),
    saveCustomer: (_owner, customer) => Promise.resolve(customer),
    purchase: () => Promise.resolve(null),
    purchasesSince: () => Promise.resolve([]),
    handleStripeEvent: () => Promise.resolve({ granted: false, clawed: 0, problem: null, duplicate: false }),
    reconcilePurchase: () => Promise.resolve({ granted: false, clawed: 0, problem: null }),
    ledger: () => Promise.resolve([]),
    auditTick: () => Promise.resolve({ ran: false, offences: 0, first: null }),
  }
}
