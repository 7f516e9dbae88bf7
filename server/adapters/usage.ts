import { z } from 'zod'

/** `told`: taken. `refused`: certainly not taken. `unsure`: sent, but nobody knows. `problem` is for the operator. */
export type UsageAnswer = { outcome: 'told' | 'refused' | 'unsure'; problem: string }

/** Tells the owner of a model how many images were made with it. */
export type UsageReporter = { tell: (slug: string, generations: number) => Promise<UsageAnswer> }

const timeoutMs = 10_000
/** What a gateway says when it lost the answer of the server behind it. */
const lostStatuses: ReadonlySet<number> = new Set([502, 504])
/** The connection was never there, so nothing was sent. */
const neverSent: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

const refusalBody = z.object({ detail: z.string() })

/**
 * Black Forest Labs' usage API for licensed self-hosting (docs.bfl.ai, "Report Model Usage"). It adds up what it is
 * told and knows no idempotency key, so an answer that never came is `unsure` rather than tried again.
 */
export function createBflUsage({ base, key }: { base: string; key: string }): UsageReporter {
  return {
    async tell(slug, generations) {
      try {
        const response = await fetch(new URL(`/v1/licenses/models/${encodeURIComponent(slug)}/usage`, base), {
          method: 'POST',
          headers: { 'x-key': key, 'content-type': 'application/json' },
          body: JSON.stringify({ number_of_generations: generations }),
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        })
        return await read(response)
      } catch (error) {
        const code = codeOf(error)
        return { outcome: neverSent.has(code) ? 'refused' : 'unsure', problem: String(code) }
      }
    },
  }
}

async function read(response: Response): Promise<UsageAnswer> {
  if (response.ok) {
    await response.body?.cancel()
    return { outcome: 'told', problem: '' }
  }
  const body = refusalBody.safeParse(await response.json().catch(() => null))
  const problem = [`HTTP ${response.status}`, ...(body.success ? [body.data.detail.slice(0, 200)] : [])].join(': ')
  return { outcome: lostStatuses.has(response.status) ? 'unsure' : 'refused', problem }
}

/** The system's word for a failed fetch: its own cause, or the error's name for a time-out. */
function codeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return 'unknown'
  const cause: unknown = error.cause
  return cause instanceof Error && 'code' in cause ? cause.code : error.name
}
