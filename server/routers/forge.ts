import { z } from 'zod'
import { cancelJob } from '#server/services/forge/cancel.ts'
import { createJobs } from '#server/services/forge/create.ts'
import { getJob } from '#server/services/forge/get.ts'
import { listJobs } from '#server/services/forge/list.ts'
import { quoteJobs } from '#server/services/forge/quote.ts'
import { router, userProcedure, visitorProcedure } from '#server/trpc/init.ts'
import { createInput, createResult, jobId, jobView, listInput, quoteInput, quoteView } from '#shared/jobs/schema.ts'
import { limitsView } from '#shared/limits/schema.ts'

const jobRef = z.strictObject({ id: jobId })

export const forgeRouter = router({
  quote: visitorProcedure
    .input(quoteInput)
    .output(quoteView)
    .query(({ ctx, input }) => quoteJobs({ ctx, input })),
  create: userProcedure
    .input(createInput)
    .output(createResult)
    .mutation(({ ctx, input }) => createJobs({ ctx, input })),
  get: userProcedure
    .input(jobRef)
    .output(jobView)
    .query(({ ctx, input }) => getJob({ ctx, input })),
  list: userProcedure
    .input(listInput)
    .output(z.object({ items: z.array(jobView), nextCursor: z.string().nullable() }))
    .query(({ ctx, input }) => listJobs({ ctx, input })),
  cancel: userProcedure
    .input(jobRef)
    .output(z.object({ job: jobView, limits: limitsView }))
    .mutation(({ ctx, input }) => cancelJob({ ctx, input })),
})
