import { z } from 'zod'
import { mergeAccounts } from '#server/services/account/merge.ts'
import { permanentProcedure, router } from '#server/trpc/init.ts'

export const accountRouter = router({
  merge: permanentProcedure
    .input(z.strictObject({ from: z.string().min(20).max(8_192) }))
    .output(z.object({ jobs: z.int() }))
    .mutation(({ ctx, input }) => mergeAccounts({ ctx, input })),
})
