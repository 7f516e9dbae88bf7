import { z } from 'zod'

const schema = z.object({
  /** The real ComfyUI, or its stand-in; on loopback, with no other client while the tests run. */
  COMFY_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  /** Shell command that stops the server at COMFY_URL hard and starts it again, and returns once it answers. */
  COMFY_RESTART_CMD: z.string().min(1).optional(),
  /** Process id of that server, when it is on this machine: its memory is watched. */
  COMFY_PID: z.coerce.number().int().positive().optional(),
  /** Where each template's result is written, for the table in workflows/README.md. */
  COMFY_RESULTS: z.string().min(1).optional(),
})
export type ComfyTestEnv = z.infer<typeof schema>

/** The environment of everything that needs a running ComfyUI. Throws one sentence naming each bad variable. */
export function readComfyEnv(source: Readonly<Record<string, string | undefined>> = process.env): ComfyTestEnv {
  const parsed = schema.safeParse(source)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`COMFY_URL must name a running ComfyUI on this machine (${faults.join('; ')})`)
}

/** Whether a ComfyUI is named at all: what needs one and runs among other things leaves itself out without. */
export function hasComfy(source: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return source['COMFY_URL'] !== undefined
}
