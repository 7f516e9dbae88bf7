/**
 * `throttled`: not taken, again after `retryAfterMs` · `denied`: the token · `unpaid`: the account · `invalid`: not
 * taken, and never will be · `gone`: no such prediction · `away`: no answer to a question · `lost`: no answer to a
 * create, which may have been taken and will then be paid.
 */
export type ReplicateProblem = 'throttled' | 'denied' | 'unpaid' | 'invalid' | 'gone' | 'away' | 'lost'

/** What the provider would not or could not do. The message names the call and the status, never token or prompt. */
export class ReplicateError extends Error {
  readonly kind: ReplicateProblem
  readonly retryAfterMs: number

  constructor(kind: ReplicateProblem, message: string, options: ErrorOptions & { retryAfterMs?: number } = {}) {
    super(message, options)
    this.name = 'ReplicateError'
    this.kind = kind
    this.retryAfterMs = options.retryAfterMs ?? 0
  }
}

const longestMs = 120_000
/** Said in words: "Your rate limit resets in ~30s." */
const inWords = /resets in ~?\s*(\d+(?:\.\d+)?)\s*(ms|s|m)\b/i
const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const

/** How long a 429 asks to wait, milliseconds: `Retry-After` in seconds or as a date, else its words, else 10 s. */
export function retryAfterMs(header: string | null, detail: string, now: number): number {
  const seconds = header === null || header.trim() === '' ? Number.NaN : Number(header)
  const date = header === null ? Number.NaN : Date.parse(header)
  const [, amount, unit] = inWords.exec(detail) ?? []
  const words = Number(amount) * unitMs[(unit?.toLowerCase() ?? 's') as keyof typeof unitMs]
  const asked = [seconds * 1_000, date - now, words].find((ms) => Number.isFinite(ms)) ?? 10_000
  return Math.min(longestMs, Math.max(0, asked))
}
