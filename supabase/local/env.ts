import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)

const schema = z.object({
  FORGE_DATA: z.string().min(1).default('.forge'),
  SUPABASE_PORT: port.default(54_321),
  POSTGRES_PORT: port.default(54_322),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
})

export type Env = z.infer<typeof schema>

/** The environment of the local stack's process; refuses values that make no sense, naming the variable. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const parsed = schema.safeParse(source)
  if (!parsed.success) throw new Error(`Environment of the local Supabase: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
