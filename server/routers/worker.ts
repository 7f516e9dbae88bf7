import { z } from 'zod'
import { claimJob } from '#server/services/worker/claim.ts'
import { completeJob } from '#server/services/worker/complete.ts'
import { failJob } from '#server/services/worker/fail.ts'
import { leave } from '#server/services/worker/leave.ts'
import { releaseJob } from '#server/services/worker/release.ts'
import { bookProviderCost, noteRemote } from '#server/services/worker/remote.ts'
import { openSession } from '#server/services/worker/session.ts'
import { reportUnfit } from '#server/services/worker/unfit.ts'
import { signUploads } from '#server/services/worker/uploads.ts'
import { publicProcedure, router, workerProcedure } from '#server/trpc/init.ts'
import { jobStatuses } from '#shared/jobs/rules.ts'
import {
  attemptRef,
  claimInput,
  claimedJob,
  completeInput,
  failInput,
  noteRemoteInput,
  providerCostInput,
  sessionInput,
  sessionResult,
  unfitInput,
  uploadsInput,
  uploadsResult,
} from '#shared/worker/schema.ts'

const outcome = z.object({ status: z.enum(jobStatuses) })

export const workerRouter = router({
  session: publicProcedure
    .input(sessionInput)
    .output(sessionResult)
    .mutation(({ ctx, input }) => openSession({ ctx, input })),
  claim: workerProcedure
    .input(claimInput)
    .output(claimedJob.nullable())
    .mutation(({ ctx, input }) => claimJob({ ctx, input })),
  uploads: workerProcedure
    .input(uploadsInput)
    .output(uploadsResult)
    .mutation(({ ctx, input }) => signUploads({ ctx, input })),
  complete: workerProcedure
    .input(completeInput)
    .output(outcome)
    .mutation(({ ctx, input }) => completeJob({ ctx, input })),
  fail: workerProcedure
    .input(failInput)
    .output(outcome)
    .mutation(({ ctx, input }) => failJob({ ctx, input })),
  release: workerProcedure
    .input(attemptRef)
    .output(outcome)
    .mutation(({ ctx, input }) => releaseJob({ ctx, input })),
  noteRemote: workerProcedure
    .input(noteRemoteInput)
    .output(z.void())
    .mutation(({ ctx, input }) => noteRemote({ ctx, input })),
  providerCost: workerProcedure
    .input(providerCostInput)
    .output(z.void())
    .mutation(({ ctx, input }) => bookProviderCost({ ctx, input })),
  unfit: workerProcedure.input(unfitInput).mutation(({ ctx, input }) => reportUnfit({ ctx, input })),
  leave: workerProcedure.mutation(({ ctx }) => leave({ ctx })),
})
