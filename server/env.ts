import { join } from 'node:path'
import { z } from 'zod'

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

const commas = z.string().transform((text) => text.split(',').flatMap((word) => word.trim() || []))

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
    /** Key of the RunPod account that boxes are rented from; absent = none is ever asked for. */
    RUNPOD_API_KEY: z.string().min(1).optional(),
    /** A queue endpoint that is woken for boxes, and the most that one of its workers costs an hour. */
    RUNPOD_ENDPOINT_ID: z
      .string()
      .regex(/^[\w-]+$/)
      .optional(),
    RUNPOD_ENDPOINT_USD_PER_HOUR: z.coerce.number().positive().default(1.2),
    /** On-demand pods: an image or a template, GPU types in order, and the most that one costs an hour. */
    RUNPOD_POD_IMAGE: z.string().min(1).optional(),
    RUNPOD_POD_TEMPLATE_ID: z.string().min(1).optional(),
    RUNPOD_POD_GPUS: commas.default(['NVIDIA GeForce RTX 4090']),
    RUNPOD_POD_CLOUD: z.enum(['SECURE', 'COMMUNITY']).default('SECURE'),
    RUNPOD_POD_DISK_GB: z.coerce.number().int().min(1).optional(),
    RUNPOD_POD_USD_PER_HOUR: z.coerce.number().positive().default(0.8),
    RUNPOD_API_URL: z.url().default('https://api.runpod.io'),
    RUNPOD_JOBS_URL: z.url().default('https://api.runpod.ai'),
    /** What rented boxes can run (`mode/variant`, with commas); absent = everything. */
    CAPACITY_TEMPLATES: commas.optional(),
    /** Where a rented box finds this server; absent = PUBLIC_URL. */
    CAPACITY_SERVER_URL: z
      .url()
      .transform((url) => url.replace(/\/+$/, ''))
      .optional(),
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
