import { z } from 'zod'

const path = z.string().min(1)

/** Flags of ComfyUI that open it to others or let it install code; the image sets its own. */
const forbiddenFlags = ['--listen', '--port', '--enable-cors-header', '--enable-manager', '--base-directory']

const schema = z.object({
  /** Folder of ComfyUI in the base image. */
  COMFY_DIR: path.default('/opt/ComfyUI'),
  /** ComfyUI's models when they are not in `COMFY_DIR/models`, e.g. on a volume; empty = files are not checked. */
  MODELS_DIR: z.string().optional(),
  /** Python with ComfyUI's packages. */
  COMFY_PYTHON: path.default('python3'),
  /** Script in `COMFY_DIR`; another one only in tests. */
  COMFY_MAIN: path.default('main.py'),
  /** Further flags of ComfyUI, separated by blanks, e.g. `--reserve-vram 1`. */
  COMFY_FLAGS: z
    .string()
    .default('')
    .transform((text) => text.split(/\s+/).filter((flag) => flag !== ''))
    .refine((flags) => flags.every((flag) => !forbiddenFlags.includes(flag.split('=')[0] ?? '')), {
      error: `may not hold ${forbiddenFlags.join(', ')}`,
    }),
  /** First port; the n-th GPU's ComfyUI listens n above it, on loopback. */
  COMFY_PORT: z.coerce.number().int().min(1_024).max(65_000).default(8_188),
  /** GPUs of this box: one ComfyUI and one worker each. */
  GPUS: z.coerce.number().int().min(1).max(16).default(1),
  /** Identity and journal; a folder per GPU below it. */
  WORKER_DATA: path.default('/data/worker'),
  /** Loopback port of the health answer. */
  HEALTH_PORT: z.coerce.number().int().min(1_024).max(65_535).default(8_180),
  /** Seconds that a worker may take to finish or hand back its job when the box is told to stop. */
  GRACE_S: z.coerce.number().int().min(1).max(600).default(25),
})

export type BoxEnv = z.infer<typeof schema>

/** Settings of the box; throws one error naming every variable that is wrong, and no value. */
export function readBoxEnv(source: Readonly<Record<string, string | undefined>> = process.env): BoxEnv {
  const parsed = schema.safeParse(source)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`box environment: ${faults.join('; ')}`)
}

const wakeSchema = z.object({
  /** What RunPod sets in the workers of a queue endpoint; `$ID` stands for the worker, or for the job. */
  RUNPOD_POD_ID: z.string().min(1),
  RUNPOD_AI_API_KEY: z.string().min(1),
  RUNPOD_WEBHOOK_GET_JOB: z.url(),
  RUNPOD_WEBHOOK_POST_OUTPUT: z.url(),
  RUNPOD_WEBHOOK_PING: z.url(),
  /** Milliseconds. */
  RUNPOD_PING_INTERVAL: z.coerce.number().int().min(50).default(10_000),
})

export type WakeEnv = z.infer<typeof wakeSchema>

/** What `wake.ts` finds on an endpoint; throws one error naming every variable that is missing, and no value. */
export function readWakeEnv(source: Readonly<Record<string, string | undefined>> = process.env): WakeEnv {
  const parsed = wakeSchema.safeParse(source)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`not on a RunPod endpoint: ${faults.join('; ')}`)
}
