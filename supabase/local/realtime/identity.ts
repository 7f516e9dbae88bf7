import { TokenError, verifyToken } from '#supabase/local/auth/tokens.ts'
import { roleOfKey } from '#supabase/local/caller.ts'
import type { Caller, LocalContext } from '#supabase/local/context.ts'

/** Who a connection or a channel acts as, and until when. */
export type Identity = {
  caller: Caller
  /** Unix milliseconds; `null` for an API key, which does not expire. */
  expiresAt: number | null
}

/** A refusal that the client is told in these words, which are those of the hosted service where it has some. */
export class RealtimeRefusal extends Error {
  override readonly name = 'RealtimeRefusal'
}

/** The identity behind an API key or a token of this stack. Throws `RealtimeRefusal`. */
export async function identify(ctx: Pick<LocalContext, 'keys' | 'url'>, credential: string): Promise<Identity> {
  const role = roleOfKey(ctx.keys, credential)
  if (role !== null) return { caller: { role, claims: { role } }, expiresAt: null }
  try {
    const claims = await verifyToken(ctx.keys, ctx.url, credential)
    return { caller: { role: claims.role, claims }, expiresAt: claims.exp * 1000 }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    throw new RealtimeRefusal(
      error.reason === 'expired'
        ? 'InvalidJWTToken: Token has expired'
        : 'JwtSignatureError: Failed to validate JWT signature',
      { cause: error },
    )
  }
}

/** True for what clients send as their token when they have none: the key that opened the connection speaks. */
export function isApiKey(token: string): boolean {
  return token.startsWith('sb_')
}
