import { z } from 'zod'
import { readBalance } from '#server/services/credits/balance.ts'
import { openCheckout } from '#server/services/credits/checkout.ts'
import { exportHistory } from '#server/services/credits/export.ts'
import { readHistory } from '#server/services/credits/history.ts'
import { listPacks } from '#server/services/credits/packs.ts'
import { openPortal } from '#server/services/credits/portal.ts'
import { readPurchase, readReceipt } from '#server/services/credits/purchase.ts'
import { publicProcedure, router, userProcedure } from '#server/trpc/init.ts'
import {
  checkoutInput,
  historyInput,
  historyPage,
  packsView,
  purchaseRef,
  purchaseView,
} from '#shared/credits/schema.ts'

const address = z.object({ url: z.url() })

export const creditsRouter = router({
  balance: userProcedure.output(z.object({ balance: z.int(), held: z.int() })).query(({ ctx }) => readBalance({ ctx })),
  packs: publicProcedure.output(packsView).query(({ ctx }) => listPacks({ ctx })),
  checkout: userProcedure
    .input(checkoutInput)
    .output(address.extend({ purchaseId: z.uuid() }))
    .mutation(({ ctx, input }) => openCheckout({ ctx, input })),
  purchase: userProcedure
    .input(purchaseRef)
    .output(purchaseView)
    .query(({ ctx, input }) => readPurchase({ ctx, input })),
  receipt: userProcedure
    .input(purchaseRef)
    .output(address)
    .mutation(({ ctx, input }) => readReceipt({ ctx, input })),
  portal: userProcedure.output(address).mutation(({ ctx }) => openPortal({ ctx })),
  history: userProcedure
    .input(historyInput)
    .output(historyPage)
    .query(({ ctx, input }) => readHistory({ ctx, input })),
  export: userProcedure
    .output(z.object({ csv: z.string(), truncated: z.boolean() }))
    .query(({ ctx }) => exportHistory({ ctx })),
})
