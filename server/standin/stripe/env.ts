import { z } from 'zod'

const Env = z.object({
  STRIPE_STANDIN_PORT: z.coerce.number().int().min(0).max(65_535).default(12_111),
  STRIPE_SECRET_KEY: z.string().regex(/^sk_test_\w+$/),
  STRIPE_WEBHOOK_SECRET: z.string().regex(/^whsec_\S+$/),
  STRIPE_WEBHOOK_URL: z.url(),
  /** Where everything it knows is kept. */
  STRIPE_STANDIN_FILE: z.string().min(1),
  /** How long a delayed payment method takes, ms. */
  STRIPE_STANDIN_SETTLE_MS: z.coerce.number().int().nonnegative().default(5_000),
})

/** The stand-in's settings. @throws Error naming every bad variable; only test keys are taken */
export function readEnv(source: NodeJS.ProcessEnv = process.env): z.infer<typeof Env> {
  const env = Env.safeParse(source)
  if (!env.success) throw new Error(`bad environment of the Stripe stand-in\n${z.prettifyError(env.error)}`)
  return env.data
}
