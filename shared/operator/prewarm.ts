import { z } from 'zod'

/** Rented boxes that are kept on these days between these hours, whatever is queued. */
export const prewarmRule = z.strictObject({
  /** 1 to 7, Monday first. */
  days: z.array(z.int().min(1).max(7)).min(1),
  /** UTC, `hh:mm`; `to` is exclusive and may be `24:00`. An hour that ends before it begins reaches into the next day. */
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  to: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/),
  min: z.int().min(0).max(100),
})
export type PrewarmRule = z.infer<typeof prewarmRule>
