import { z } from 'zod'
import { savingSteps } from './rules.ts'

/** What is left and when it resets; part of every answer that could change it. */
export const limitsView = z.object({
  free: z.object({
    left: z.int(),
    cap: z.int(),
    /** Fixed: 00:00 UTC. */
    resetsAt: z.iso.datetime({ offset: true }),
    /** True when others on the same network have used some of it today. */
    shared: z.boolean(),
  }),
  credits: z.object({ balance: z.int(), held: z.int() }),
  jobs: z.object({ open: z.int(), cap: z.int() }),
  /** What is saved on for everybody until midnight UTC, because the day's money would not last. */
  saving: z.enum(savingSteps),
})
export type LimitsView = z.infer<typeof limitsView>
