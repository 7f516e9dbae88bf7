import { join } from 'node:path'
import { z } from 'zod'
import { capacityShape } from '#server/adapters/capacity/env.ts'

const root = join(import.meta.dirname, '..')

const privateKey = z.string().transform((text, context) => {
  try {
    return z
      .looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), kid: z.string(), d: z.string() })
      .parse(JSON.parse(text))
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a private ES256 JWK with a kid' })
    return z.NEVER
  }
})

/** Environment of the server process; every name is explained in server/README.md. */
export const envSchema = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
    SUPABASE_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
    SUPABASE_PUBLISHABLE_KEY: z.string().min(1),
    SUPABASE_SECRET_KEY: z.string().min(1),
    SUPABASE_JWT_SIGNING_KEY: privateKey,
    /** Ids of keys that prove nothing from the start, whatever a cached key set says; with commas. */
    SUPABASE_REVOKED_KEYS: z
      .string()
      .transform((text) => text.split(',').flatMap((id) => id.trim() || []))
      .default([]),
    FORGE_BUCKET_SECRET: z.string().min(16),
    TRUSTED_HOPS: z.coerce.number().int().min(0).max(10).default(0),
    /** Where people open the studio; Stripe sends them back there. */
    PUBLIC_URL: z
      .url()
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
    /** Absent = nothing is sold. */
    STRIPE_SECRET_KEY: z
      .string()
      .regex(/^[rs]k_(test|live)_\w+$/)
      .optional(),
    /** Signing secret of the webhook endpoint; two, with a comma, while one is being changed. */
    STRIPE_WEBHOOK_SECRET: z
      .string()
      .transform((text) => text.split(',').map((secret) => secret.trim()))
      .pipe(z.array(z.string().regex(/^whsec_\S+$/)).min(1))
      .optional(),
    /** Another API than Stripe's, for a stand-in. */
    STRIPE_API_BASE: z.url().optional(),
    /** Public key of the captcha that strangers are asked for; the sign-in service holds its secret. Absent = none. */
    TURNSTILE_SITE_KEY: z.string().min(1).optional(),
    /** Key of the licence account at Black Forest Labs; absent = licensed use is told to nobody. */
    BFL_API_KEY: z.string().min(1).optional(),
    BFL_API_BASE: z.url().default('https://api.bfl.ai'),
    /** Told of every alert (spending, books, payments); absent = they stay in the database and the log. */
    ALERT_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
    ...capacityShape,
    CLIENT_DIST: z.string().min(1).default(join(root, 'client/dist')),
    WORKFLOWS_DIR: z.string().min(1).default(join(root, 'workflows')),
    /** Bearer secret of `GET /tick`, for hosts without a long-lived process; absent = the route does not exist. */
    CRON_SECRET: z.string().min(16).optional(),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    /** Calls a minute; benches raise them. */
    RATE_ACCOUNT_MUTATIONS: z.coerce.number().int().min(1).default(60),
    RATE_ADDRESS_MUTATIONS: z.coerce.number().int().min(1).default(180),
    RATE_ADDRESS_QUERIES: z.coerce.number().int().min(1).default(1_200),
  })
  .refine((env) => env.STRIPE_SECRET_KEY === undefined || env.STRIPE_WEBHOOK_SECRET !== undefined, {
    path: ['STRIPE_WEBHOOK_SECRET'],
    message: 'must be set beside STRIPE_SECRET_KEY',
  })
  .refine((env) => !env.SUPABASE_REVOKED_KEYS.includes(env.SUPABASE_JWT_SIGNING_KEY.kid), {
    path: ['SUPABASE_REVOKED_KEYS'],
    message: 'names the signing key itself: set SUPABASE_JWT_SIGNING_KEY to its successor',
  })
export type Env = z.infer<typeof envSchema>

/** Parses the environment once, at process start; throws with the list of bad names, never with their values. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const parsed = envSchema.safeParse(source)
  if (parsed.success) return parsed.data
  const bad = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`bad environment\n  ${bad.join('\n  ')}`)
}
