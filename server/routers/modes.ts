import { listModes } from '#server/services/modes/list.ts'
import { publicProcedure, router } from '#server/trpc/init.ts'
import { modesView } from '#shared/modes/schema.ts'

export const modesRouter = router({
  list: publicProcedure.output(modesView).query(({ ctx }) => listModes({ ctx })),
})
