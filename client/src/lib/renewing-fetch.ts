import { refusalOf } from './refusal.ts'

type Send = (url: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What stands behind the tokens: the account feature. */
export type Renewal = {
  /** A token to use instead of the refused one; null when there is none, be it ended or out of reach. */
  renew: (refused: string) => Promise<string | null>
  /** A token fresh from the sign-in service was refused too: nobody is behind it any more. */
  end: (refused: string) => Promise<void>
}

function bearerOf(init: RequestInit | undefined): string | null {
  const header = new Headers(init?.headers).get('authorization')
  return header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : null
}

function isRefused(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null || !('error' in entry)) return false
  const refusal = refusalOf(entry.error)
  return refusal.kind === 'refused' && refusal.code === 'UNAUTHENTICATED'
}

/** Whether a tRPC answer, of one call or of a batch, refuses the caller's token. */
async function refusesToken(answer: Response): Promise<boolean> {
  // A batch in which only some calls are refused is a 207.
  if (answer.status !== 401 && answer.status !== 207) return false
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => null)
  return Array.isArray(body) ? body.some(isRefused) : isRefused(body)
}

/**
 * A fetch for tRPC that asks once more with a renewed token when the API refuses the one that was sent. Nothing is
 * carried out twice: whatever needs a user was refused the first time. A lost reply is passed on as it is.
 */
export function renewingFetch(send: Send, renewal: () => Renewal): Send {
  return async (url, init) => {
    const answer = await send(url, init)
    const token = bearerOf(init)
    if (!init || token === null || !(await refusesToken(answer))) return answer
    const fresh = await renewal().renew(token)
    if (fresh === null) return answer
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${fresh}`)
    const again = await send(url, { ...init, headers })
    if (await refusesToken(again)) await renewal().end(fresh)
    return again
  }
}
