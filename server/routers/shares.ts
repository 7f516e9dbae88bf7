import { z } from 'zod'
import { createShare } from '#server/services/shares/create.ts'
import { listShares } from '#server/services/shares/list.ts'
import { revokeShare } from '#server/services/shares/revoke.ts'
import { viewShare } from '#server/services/shares/view.ts'
import { publicProcedure, router, userProcedure } from '#server/trpc/init.ts'
import {
  createShareInput,
  listSharesInput,
  revokeShareInput,
  shareView,
  sharedView,
  viewShareInput,
} from '#shared/shares/schema.ts'

export const sharesRouter = router({
  create: userProcedure
    .input(createShareInput)
    .output(shareView)
    .mutation(({ ctx, input }) => createShare({ ctx, input })),
  list: userProcedure
    .input(listSharesInput)
    .output(z.array(shareView))
    .query(({ ctx, input }) => listShares({ ctx, input })),
  revoke: userProcedure
    .input(revokeShareInput)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeShare({ ctx, input })),
  view: publicProcedure
    .input(viewShareInput)
    .output(sharedView)
    .query(({ ctx, input }) => viewShare({ ctx, input })),
})
