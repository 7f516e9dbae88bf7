import { z } from 'zod'

const Env = z.object({
  RUNPOD_STANDIN_PORT: z.coerce.number().int().min(0).max(65_535).default(12_222),
  RUNPOD_API_KEY: z.string().min(8),
  RUNPOD_ENDPOINT_ID: z.string().min(1).default('local'),
  /** Where local boxes keep their data. */
  RUNPOD_STANDIN_DATA: z.string().min(1),
  /** How long a box takes to come, ms. */
  RUNPOD_STANDIN_COLD_MS: z.coerce.number().int().nonnegative().default(3_000),
  STANDIN_STEP_MS: z.coerce.number().min(0).default(60),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

/** The stand-in's settings. @throws Error naming every bad variable */
export function readEnv(source: NodeJS.ProcessEnv = process.env): z.infer<typeof Env> {
  const env = Env.safeParse(source)
  if (!env.success) throw new Error(`bad environment of the RunPod stand-in\n${z.prettifyError(env.error)}`)
  return env.data
}
