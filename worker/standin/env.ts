import { z } from 'zod'

const Env = z.object({
  STANDIN_HOST: z.literal('127.0.0.1').default('127.0.0.1'),
  STANDIN_PORT: z.coerce.number().int().min(0).max(65_535).default(8188),
  STANDIN_STEP_MS: z.coerce.number().int().nonnegative().default(60),
  STANDIN_LOAD_MS: z.coerce.number().int().nonnegative().default(150),
  STANDIN_PREVIEW_PX: z.coerce.number().int().min(16).max(512).default(512),
  STANDIN_SEED: z.coerce.number().int().nonnegative().default(0),
  STANDIN_NOISE_KB: z.coerce.number().int().min(0).max(8_000).default(0),
})

/** The stand-in's settings. @throws Error naming every bad variable; anything but loopback is refused */
export function readEnv(source: NodeJS.ProcessEnv = process.env): z.infer<typeof Env> {
  const env = Env.safeParse(source)
  if (!env.success) throw new Error(`bad environment of the ComfyUI stand-in\n${z.prettifyError(env.error)}`)
  return env.data
}
