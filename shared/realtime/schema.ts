// zod/mini: the browser parses these, and full zod never enters its bundle.
import * as z from 'zod/mini'
import { failureCodes, jobStages, jobStatuses } from '#shared/jobs/rules.ts'

/** `job` on `user:<uid>`: sent by the trigger whenever `version` moves. A hint; the row is the truth. */
export const jobMessage = z.object({
  id: z.uuid(),
  version: z.int(),
  epoch: z.int(),
  status: z.enum(jobStatuses),
  stage: z.enum(jobStages),
  step: z.int(),
  steps: z.int(),
  progress: z.number(),
  error_code: z.nullable(z.enum(failureCodes)),
})
export type JobMessage = z.infer<typeof jobMessage>

/** `balance` on `user:<uid>`. */
export const balanceMessage = z.object({ balance: z.int(), held: z.int() })

/** `frame` on `job:<id>:<epoch>`: one latent preview, newest wins, never stored. `data` is base64. */
export const frameMessage = z.object({
  seq: z.int(),
  step: z.int(),
  steps: z.int(),
  mime: z.enum(['image/jpeg', 'image/webp', 'image/png']),
  data: z.string(),
})
export type FrameMessage = z.infer<typeof frameMessage>

/** `cancel` on `workers`. */
export const cancelMessage = z.object({ job: z.uuid(), epoch: z.int() })
