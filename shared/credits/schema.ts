import { z } from 'zod'
import { failureCodes, jobStatuses } from '#shared/jobs/rules.ts'
import { entryKinds, ledgerFilters, purchaseStates } from './rules.ts'

const time = z.iso.datetime({ offset: true })

/** What is on sale and what an image of each mode costs. `standIn`: no real money moves here. */
export const packsView = z.object({
  packs: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      credits: z.int(),
      amountCents: z.int(),
      currency: z.string(),
      /** Hundredths of the currency for one credit; not whole. */
      perCreditCents: z.number(),
    }),
  ),
  modes: z.array(z.object({ key: z.string(), title: z.string(), price: z.int() })),
  /** False: nothing can be bought here. */
  open: z.boolean(),
  standIn: z.boolean(),
})
export type PacksView = z.infer<typeof packsView>

/** `requestId` is made by the client and becomes the purchase's id, so that a repeated press buys nothing twice. */
export const checkoutInput = z.strictObject({ requestId: z.uuid(), pack: z.string().regex(/^[^\p{C}]{1,64}$/u) })

export const purchaseRef = z.strictObject({ id: z.uuid() })

export const purchaseView = z.object({
  id: z.uuid(),
  state: z.enum(purchaseStates),
  credits: z.int(),
  amountCents: z.int(),
  currency: z.string(),
  balance: z.int(),
})
export type PurchaseView = z.infer<typeof purchaseView>

export const ledgerCursor = z.string().regex(/^\d{1,15}$/)

export const historyInput = z.strictObject({
  cursor: ledgerCursor.nullish(),
  limit: z.int().min(1).max(100).default(40),
  show: z.enum(ledgerFilters).default('everything'),
})

export const ledgerEntry = z.object({
  id: z.string(),
  at: time,
  kind: z.enum(entryKinds),
  delta: z.int(),
  balanceAfter: z.int(),
  job: z
    .object({
      id: z.uuid(),
      transmission: z.string(),
      mode: z.string(),
      status: z.enum(jobStatuses),
      errorCode: z.enum(failureCodes).nullable(),
      step: z.int(),
      thumbUrl: z.string().nullable(),
    })
    .nullable(),
  /** The purchase behind it, when there is one; its receipt is asked for by this id. */
  purchaseId: z.uuid().nullable(),
})
export type LedgerEntry = z.infer<typeof ledgerEntry>

export const historyPage = z.object({ items: z.array(ledgerEntry), nextCursor: z.string().nullable() })
