import { z } from 'zod'

const Env = z.object({
  REPLICATE_STANDIN_PORT: z.coerce.number().int().min(0).max(65_535).default(12_112),
  /** Only its own: no real token is ever given to it. */
  REPLICATE_API_TOKEN: z.string().regex(/^standin_\w+$/),
  REPLICATE_STANDIN_STEP_MS: z.coerce.number().int().min(0).default(60),
  REPLICATE_STANDIN_START_MS: z.coerce.number().int().min(0).default(500),
})

/** The stand-in's settings. @throws Error naming every bad variable */
export function readEnv(source: NodeJS.ProcessEnv = process.env): z.infer<typeof Env> {
  const env = Env.safeParse(source)
  if (!env.success) throw new Error(`bad environment of the Replicate stand-in\n${z.prettifyError(env.error)}`)
  return env.data
}
