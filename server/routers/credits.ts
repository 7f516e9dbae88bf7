import { z } from 'zod'
import { readBalance } from '#server/services/credits/balance.ts'
import { router, userProcedure } from '#server/trpc/init.ts'

export const creditsRouter = router({
  balance: userProcedure.output(z.object({ balance: z.int(), held: z.int() })).query(({ ctx }) => readBalance({ ctx })),
})
