import { join, resolve } from 'node:path'
import { z } from 'zod'

const baseUrl = z.url().transform((url) => url.replace(/\/+$/, ''))

const schema = z.object({
  /** Origin of the control plane, where `/trpc` is. */
  FORGE_SERVER_URL: baseUrl,
  /** `fwk_…`, shown once by the operator's page. */
  FORGE_WORKER_KEY: z.string().min(20),
  /** ComfyUI, or its stand-in; on loopback. */
  COMFY_URL: baseUrl.default('http://127.0.0.1:8188'),
  /** Folder of this box's identity and journal; must outlive the process. */
  WORKER_DATA: z
    .string()
    .min(1)
    .transform((path) => resolve(path)),
  /** Folder of the templates; the same as the server's, or their hashes differ and every job is refused. */
  WORKFLOWS_DIR: z
    .string()
    .min(1)
    .default(join(import.meta.dirname, '../workflows')),
  /** Milliseconds between two questions for work when no bell rings. */
  POLL_MS: z.coerce.number().int().min(100).max(60_000).default(1_500),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

export type WorkerEnv = z.infer<typeof schema>

/** The worker's environment; throws one error naming every variable that is missing or wrong, and no value. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): WorkerEnv {
  const parsed = schema.safeParse(source)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`worker environment: ${faults.join('; ')}`)
}
