import { join, resolve } from 'node:path'
import { z } from 'zod'

const baseUrl = z.url().transform((url) => url.replace(/\/+$/, ''))

const folder = z
  .string()
  .min(1)
  .transform((path) => resolve(path))
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )

const schema = z
  .object({
    /** Origin of the control plane, where `/trpc` is. */
    FORGE_SERVER_URL: baseUrl,
    /** `fwk_…`, shown once by the operator's page. */
    FORGE_WORKER_KEY: z.string().min(20),
    /** ComfyUI, or its stand-in; on loopback. */
    COMFY_URL: baseUrl.default('http://127.0.0.1:8188'),
    /** Set, with no COMFY_URL, to render at Replicate: this process then belongs beside the server, never on a box. */
    REPLICATE_API_TOKEN: z.string().min(8).optional(),
    REPLICATE_API_URL: baseUrl.default('https://api.replicate.com/v1'),
    /** Where Replicate fetches the operator's Tonic LoRA (`.safetensors`); without it Tonic is not rendered there. */
    REPLICATE_LORA_URL: z.url().optional(),
    /** Predictions at once. */
    REPLICATE_PARALLEL: z.coerce.number().int().min(1).max(7).default(3),
    /** Folder of this box's identity and journal; must outlive the process. */
    WORKER_DATA: folder,
    /** Folder of the templates; the same as the server's, or their hashes differ and every job is refused. */
    WORKFLOWS_DIR: z
      .string()
      .min(1)
      .default(join(import.meta.dirname, '../workflows')),
    /** Milliseconds between two questions for work when no bell rings; who has not asked for 45 s is not there. */
    POLL_MS: z.coerce.number().int().min(100).max(20_000).default(1_500),
    /** ComfyUI's `models` folder when this process shares its disk: files are then told by header and hash. */
    MODELS_DIR: folder.optional(),
    /** ComfyUI's `input` and `temp` folders when this process shares its disk: what a job left there is then deleted. */
    COMFY_INPUT_DIR: folder.optional(),
    COMFY_TEMP_DIR: folder.optional(),
    /** The list of weights; another one than the project's is an operator's own. */
    MODELS_FILE: folder.optional(),
    /** Templates (`mode/variant`, separated by commas) whose missing weights are fetched at the start. */
    MODELS_FETCH: list,
    /** Host of the weights; a mirror speaks the same paths. */
    MODELS_HOST: baseUrl.default('https://huggingface.co'),
    /** Token of an account that has accepted the terms of gated files. */
    HF_TOKEN: z.string().min(1).optional(),
    /** Room for fetched LoRAs; the least recently used make place for a new one. */
    LORA_CACHE_GB: z.coerce.number().positive().default(20),
    /** `jobs`: one small job per mode at the start; `signatures`: only what ComfyUI lists. */
    PROVE: z.enum(['jobs', 'signatures']).default('jobs'),
    /** `1`: this box has toy weights. Only then may size and steps be overridden, and every output is labelled. */
    FORGE_TOY: z.enum(['0', '1']).default('0'),
    TOY_PIXELS: z.coerce.number().int().min(4_096).max(1_048_576).optional(),
    TOY_STEPS: z.coerce.number().int().min(1).max(50).optional(),
    /**
     * What a job in hand may still take when the process is told to stop, milliseconds; one that takes longer goes back at
     * once. Hosts that take a box away kill it seconds after they have said so.
     */
    GRACE_MS: z.coerce.number().int().min(0).max(60_000).default(4_000),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  })
  .refine((env) => env.FORGE_TOY === '1' || (env.TOY_PIXELS === undefined && env.TOY_STEPS === undefined), {
    path: ['TOY_PIXELS'],
    error: 'TOY_PIXELS and TOY_STEPS need FORGE_TOY=1',
  })
  .refine((env) => env.MODELS_FETCH.length === 0 || env.MODELS_DIR !== undefined, {
    path: ['MODELS_FETCH'],
    error: 'needs MODELS_DIR',
  })

/** `replicateToken`: set when this process renders at Replicate; null when at a ComfyUI. */
export type WorkerEnv = z.infer<typeof schema> & { replicateToken: string | null }

/** The worker's environment; throws one error naming every variable that is missing or wrong, and no value. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): WorkerEnv {
  const parsed = schema.safeParse(source)
  if (parsed.success) {
    const token = source['COMFY_URL'] === undefined ? parsed.data.REPLICATE_API_TOKEN : undefined
    return { ...parsed.data, replicateToken: token ?? null }
  }
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`worker environment: ${faults.join('; ')}`)
}
