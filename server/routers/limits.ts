import { readLimits } from '#server/services/limits/mine.ts'
import { router, visitorProcedure } from '#server/trpc/init.ts'
import { limitsView } from '#shared/limits/schema.ts'

export const limitsRouter = router({
  mine: visitorProcedure.output(limitsView).query(({ ctx }) => readLimits({ ctx })),
})
