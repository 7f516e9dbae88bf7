import { z } from 'zod'
import { closeAccount } from '#server/services/account/close.ts'
import { exportAccount } from '#server/services/account/export.ts'
import { mergeAccounts } from '#server/services/account/merge.ts'
import { permanentProcedure, router, userProcedure } from '#server/trpc/init.ts'
import {
  accountView,
  closeInput,
  closeResult,
  exportInput,
  exportPage,
  providerConsent,
  providerRefusal,
  refuseProviderInput,
} from '#shared/account/schema.ts'

export const accountRouter = router({
  me: userProcedure.output(accountView).query(({ ctx }) => ctx.deps.accounts.read(ctx.user.id)),
  merge: permanentProcedure
    .input(z.strictObject({ from: z.string().min(20).max(8_192) }))
    .output(z.object({ jobs: z.int() }))
    .mutation(({ ctx, input }) => mergeAccounts({ ctx, input })),
  export: userProcedure
    .input(exportInput)
    .output(exportPage)
    .query(({ ctx, input }) => exportAccount({ ctx, input })),
  provider: userProcedure.output(providerConsent).query(({ ctx }) => ctx.deps.database.providerConsent(ctx.user.id)),
  refuseProvider: userProcedure
    .input(refuseProviderInput)
    .output(providerRefusal)
    .mutation(({ ctx, input }) => ctx.deps.database.refuseProvider(ctx.user.id, input.refused)),
  close: userProcedure
    .input(closeInput)
    .output(closeResult)
    .mutation(({ ctx }) => closeAccount({ ctx })),
})
