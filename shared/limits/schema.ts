import { z } from 'zod'

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
})
export type LimitsView = z.infer<typeof limitsView>
