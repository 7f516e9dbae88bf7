import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'

export const root = path.resolve(import.meta.dirname, '../..')

const port = z.coerce.number().int().min(0).max(65_535)

const schema = z.object({
  /** Where the studio is served. */
  PORT: port.default(4100),
  /** Folder of everything the local stack keeps: database, objects, keys, worker journal. */
  FORGE_DATA: z.string().default(path.join(root, '.forge')),
  /** Preferred ports of the inner parts; another free one is taken when these are in use. */
  SUPABASE_PORT: port.default(54_321),
  POSTGRES_PORT: port.default(54_322),
  STANDIN_PORT: port.default(8188),
  STRIPE_STANDIN_PORT: port.default(12_111),
  /** Milliseconds of one sampling step of the stand-in. */
  STANDIN_STEP_MS: z.coerce.number().min(0).default(60),
  /** Set to use a hosted (or `supabase start`) project instead of the local one. */
  SUPABASE_URL: z.url().optional(),
  SUPABASE_PUBLISHABLE_KEY: z.string().optional(),
  SUPABASE_SECRET_KEY: z.string().optional(),
  SUPABASE_JWT_SIGNING_KEY: z.string().optional(),
  /** Key ids to refuse at once; see server/env.ts. */
  SUPABASE_REVOKED_KEYS: z.string().optional(),
  /** Set to sell through Stripe instead of the stand-in; the signing secret of the webhook endpoint goes with it. */
  STRIPE_SECRET_KEY: z.string().optional(),
  STRIPE_WEBHOOK_SECRET: z.string().optional(),
  STRIPE_API_BASE: z.url().optional(),
  /** How long the stand-in's delayed payment methods take, milliseconds. */
  STRIPE_STANDIN_SETTLE_MS: z.coerce.number().int().min(0).default(5_000),
  /** Set to ask strangers for a captcha; with the local Supabase the secret goes with it. */
  TURNSTILE_SITE_KEY: z.string().optional(),
  TURNSTILE_SECRET_KEY: z.string().optional(),
  TURNSTILE_VERIFY_URL: z.url().optional(),
  /** Where people open the studio, when that is not this machine's own address. */
  PUBLIC_URL: z.url().optional(),
  /** Set to tell Black Forest Labs how often licensed models were used; see server/env.ts. */
  BFL_API_KEY: z.string().optional(),
  BFL_API_BASE: z.url().optional(),
  /** Set to be told of alerts; see server/env.ts. */
  ALERT_WEBHOOK_URL: z.url().optional(),
  /** Set to use a real ComfyUI instead of the stand-in. */
  COMFY_URL: z.url().optional(),
  /** What the worker knows of the box of that ComfyUI; see worker/env.ts. */
  MODELS_DIR: z.string().optional(),
  MODELS_FILE: z.string().optional(),
  MODELS_FETCH: z.string().optional(),
  MODELS_HOST: z.url().optional(),
  HF_TOKEN: z.string().optional(),
  COMFY_INPUT_DIR: z.string().optional(),
  COMFY_TEMP_DIR: z.string().optional(),
  PROVE: z.string().optional(),
  FORGE_TOY: z.string().optional(),
  TOY_PIXELS: z.string().optional(),
  TOY_STEPS: z.string().optional(),
  /** `standin`: no worker runs until a job asks for one, and boxes are rented from RunPod's stand-in on this machine. */
  CAPACITY: z.enum(['standin']).optional(),
  RUNPOD_STANDIN_PORT: port.default(12_222),
  /** How long a box of the stand-in takes to come, milliseconds. */
  RUNPOD_STANDIN_COLD_MS: z.coerce.number().int().min(0).default(3_000),
  /** Set to rent boxes from RunPod; see server/env.ts. */
  RUNPOD_API_KEY: z.string().optional(),
  RUNPOD_ENDPOINT_ID: z.string().optional(),
  RUNPOD_ENDPOINT_USD_PER_HOUR: z.string().optional(),
  RUNPOD_POD_IMAGE: z.string().optional(),
  RUNPOD_POD_TEMPLATE_ID: z.string().optional(),
  RUNPOD_POD_GPUS: z.string().optional(),
  RUNPOD_POD_CLOUD: z.string().optional(),
  RUNPOD_POD_DISK_GB: z.string().optional(),
  RUNPOD_POD_USD_PER_HOUR: z.string().optional(),
  RUNPOD_API_URL: z.url().optional(),
  RUNPOD_JOBS_URL: z.url().optional(),
  CAPACITY_TEMPLATES: z.string().optional(),
  CAPACITY_SERVER_URL: z.url().optional(),
  /** Set to render at Replicate what no box takes in time; `standin_…` starts its stand-in. See worker/env.ts. */
  REPLICATE_API_TOKEN: z.string().optional(),
  REPLICATE_API_URL: z.url().optional(),
  REPLICATE_LORA_URL: z.url().optional(),
  REPLICATE_PARALLEL: z.string().optional(),
  REPLICATE_STANDIN_PORT: port.default(12_112),
  /** Key of the provider's worker, with a hosted project. */
  FORGE_PROVIDER_KEY: z.string().optional(),
  /** Needed with a hosted project; made by itself with the local one. */
  FORGE_WORKER_KEY: z.string().optional(),
  FORGE_BUCKET_SECRET: z.string().optional(),
  TRUSTED_HOPS: z.string().optional(),
  /** Calls a minute that the server allows; see server/env.ts. A bench raises them. */
  RATE_ACCOUNT_MUTATIONS: z.string().optional(),
  RATE_ADDRESS_MUTATIONS: z.string().optional(),
  RATE_ADDRESS_QUERIES: z.string().optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** `json` prints the parts' log lines as they are. */
  FORGE_LOG: z.enum(['text', 'json']).default('text'),
})
export type StackEnv = z.infer<typeof schema>

/** Reads the supervisor's environment. Throws one sentence that lists every bad name. */
export function readStackEnv(source: NodeJS.ProcessEnv = process.env): StackEnv {
  const parsed = schema.safeParse(source)
  if (!parsed.success) {
    const bad = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
    throw new Error(`The environment is not usable: ${bad}`)
  }
  const env = parsed.data
  if (env.STRIPE_SECRET_KEY && !env.STRIPE_WEBHOOK_SECRET)
    throw new Error('STRIPE_SECRET_KEY is set, so STRIPE_WEBHOOK_SECRET must be too')
  if (!env.SUPABASE_URL && Boolean(env.TURNSTILE_SITE_KEY) !== Boolean(env.TURNSTILE_SECRET_KEY))
    throw new Error('TURNSTILE_SITE_KEY and TURNSTILE_SECRET_KEY are set together or not at all')
  if (env.CAPACITY === 'standin' && env.RUNPOD_API_KEY)
    throw new Error('CAPACITY=standin and RUNPOD_API_KEY exclude each other')
  if (env.SUPABASE_URL && env.REPLICATE_API_TOKEN && !env.FORGE_PROVIDER_KEY)
    throw new Error(
      'REPLICATE_API_TOKEN and SUPABASE_URL are set, so FORGE_PROVIDER_KEY must be too: npm run worker:key -- replicate provider',
    )
  if (env.SUPABASE_URL) {
    const missing = (
      [
        'SUPABASE_PUBLISHABLE_KEY',
        'SUPABASE_SECRET_KEY',
        'SUPABASE_JWT_SIGNING_KEY',
        'FORGE_WORKER_KEY',
        'FORGE_BUCKET_SECRET',
      ] as const
    ).filter((name) => !env[name])
    if (missing.length > 0) throw new Error(`SUPABASE_URL is set, so these must be too: ${missing.join(', ')}`)
  }
  return env
}
