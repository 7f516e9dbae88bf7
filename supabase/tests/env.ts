import { z } from 'zod'

const schema = z.object({
  /** A migrated Supabase project that the contract tests may write to (they clean up after themselves). */
  CONTRACT_SUPABASE_URL: z.url().optional(),
  CONTRACT_SUPABASE_PUBLISHABLE_KEY: z.string().optional(),
  CONTRACT_SUPABASE_SECRET_KEY: z.string().optional(),
})

/** The project that the contract tests are pointed at, or null for a local stack of their own. */
export function readContractTarget(
  source: NodeJS.ProcessEnv = process.env,
): { url: string; publishableKey: string; secretKey: string } | null {
  const env = schema.parse(source)
  if (env.CONTRACT_SUPABASE_URL === undefined) return null
  const { CONTRACT_SUPABASE_PUBLISHABLE_KEY: publishableKey, CONTRACT_SUPABASE_SECRET_KEY: secretKey } = env
  if (publishableKey === undefined || secretKey === undefined) {
    throw new Error('CONTRACT_SUPABASE_URL needs CONTRACT_SUPABASE_PUBLISHABLE_KEY and CONTRACT_SUPABASE_SECRET_KEY')
  }
  return { url: env.CONTRACT_SUPABASE_URL, publishableKey, secretKey }
}
