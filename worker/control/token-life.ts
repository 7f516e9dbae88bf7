import { z } from 'zod'

const claims = z.object({ iat: z.number(), exp: z.number() })
const fallbackMs = 10 * 60_000

/**
 * How long a token lives, milliseconds, from its own two claims: the box's clock may be hours wrong, so its expiry is
 * never compared with the time of day. Ten minutes when the claims cannot be read.
 */
export function tokenLifeMs(token: string): number {
  try {
    const body = claims.parse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')))
    return Math.max(0, (body.exp - body.iat) * 1_000)
  } catch {
    return fallbackMs
  }
}
