import { decodeJwt } from 'jose'
import { z } from 'zod'
import type { Tokens } from './tokens.ts'

/** How long a session is believed without asking again, and so how late its end is felt. Milliseconds. */
const believedMs = 60_000
const believedSessions = 5_000

const session = z.object({ session_id: z.uuid() })

/**
 * Tokens that count only while the sign-in behind them stands: a signed-out or deleted user's token proves nothing
 * after a minute at most, although its signature holds for an hour. A token without a session counts by itself. When
 * nobody can say, the caller is `unknown`. `now` in milliseconds since 1970.
 */
export function requireLiveSessions(
  tokens: Tokens,
  isLive: (session: string) => Promise<boolean>,
  now: () => number,
): Tokens {
  const believed = new Map<string, number>()

  async function stands(id: string): Promise<boolean> {
    const until = believed.get(id)
    if (until !== undefined && until > now()) return true
    believed.delete(id)
    if (!(await isLive(id))) return false
    const [oldest] = believed.keys()
    if (believed.size >= believedSessions && oldest !== undefined) believed.delete(oldest)
    believed.set(id, now() + believedMs)
    return true
  }

  return {
    ...tokens,
    async identify(token) {
      const caller = await tokens.identify(token)
      if (caller.kind !== 'user') return caller
      const named = session.safeParse(decodeJwt(token))
      if (!named.success) return caller
      try {
        return (await stands(named.data.session_id)) ? caller : { kind: 'invalid', expired: true }
      } catch {
        return { kind: 'unknown' }
      }
    },
  }
}
