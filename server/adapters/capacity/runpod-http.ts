import { z } from 'zod'

/** An answer of RunPod's, or why there is none: `sent` false when the request certainly never left. */
export type Answer =
  | { status: number; body: unknown; retryAfterS: number }
  | { status: null; sent: boolean; problem: string }

export type RunpodCall = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  options: { body?: unknown; signal: AbortSignal },
) => Promise<Answer>

type Fetch = (url: URL, init: RequestInit) => Promise<Response>

const timeoutMs = 20_000
const defaultRetryS = 15
/** The connection was never there, so nothing was sent. */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** RFC 9457, as the API's errors are. */
const problemBody = z.object({ detail: z.string().optional(), title: z.string().optional() })

/** Calls of one of RunPod's two hosts with the account's key, which appears in nothing that is answered or thrown. */
export function createRunpodCall(
  base: string,
  apiKey: string,
  { fetch = globalThis.fetch, patienceMs = timeoutMs }: { fetch?: Fetch; patienceMs?: number } = {},
): RunpodCall {
  return async (method, path, { body, signal }) => {
    try {
      const response = await fetch(new URL(path, base), {
        method,
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      })
      const text = await response.text()
      return { status: response.status, body: parse(text), retryAfterS: retryAfter(response.headers) }
    } catch (error) {
      const code = codeOf(error)
      return { status: null, sent: !neverSent.has(code), problem: code }
    }
  }
}

/** What an answer that is no success says, in one short line. */
export function problemOf(answer: Answer): string {
  if (answer.status === null) return `no answer: ${answer.problem}`
  const said = problemBody.safeParse(answer.body).data
  return [`HTTP ${answer.status}`, said?.detail ?? said?.title ?? ''].filter(Boolean).join(': ').slice(0, 300)
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : (JSON.parse(text) as unknown)
  } catch {
    return null
  }
}

function retryAfter(headers: Headers): number {
  const seconds = Number(headers.get('retry-after'))
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) : defaultRetryS
}

/** The system's word for a failed fetch: its own cause, or the error's name for a time-out. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const cause: unknown = error.cause
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}
