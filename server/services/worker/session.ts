import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { isoTime } from '#server/services/assets/view.ts'
import type { Context } from '#server/trpc/context.ts'
import type { sessionInput, sessionResult } from '#shared/worker/schema.ts'

/** Exchanges a worker key for a ten-minute token of its instance. Throws WORKER_KEY_INVALID, WORKER_REVOKED. */
export async function openSession({
  ctx,
  input,
}: {
  ctx: Context
  input: z.infer<typeof sessionInput>
}): Promise<z.infer<typeof sessionResult>> {
  const { database, tokens, config } = ctx.deps
  const session = await database.openSession(hashKey(input.key), input.instance, input.capabilities)
  const { token, expiresAt } = await tokens.signWorker(session.worker_id)
  ctx.log.info({ worker: session.worker_id }, 'worker session')
  return {
    token,
    expiresAt: isoTime(expiresAt),
    supabaseUrl: config.supabaseUrl,
    publishableKey: config.supabasePublishableKey,
  }
}

/** Hex SHA-256: keys are 256 random bits, so no slow hash is needed. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
