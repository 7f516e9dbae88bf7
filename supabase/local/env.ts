import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)

const schema = z.object({
  FORGE_DATA: z.string().min(1).default('.forge'),
  SUPABASE_PORT: port.default(54_321),
  POSTGRES_PORT: port.default(54_322),
  /** Set to ask strangers for a captcha, as a hosted project does when its dashboard says so. */
  TURNSTILE_SECRET_KEY: z.string().min(1).optional(),
  TURNSTILE_VERIFY_URL: z.url().default('https://challenges.cloudflare.com/turnstile/v0/siteverify'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
})

export type Env = z.infer<typeof schema>

/** The environment of the local stack's process; refuses values that make no sense, naming the variable. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const parsed = schema.safeParse(source)
  if (!parsed.success) throw new Error(`Environment of the local Supabase: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
