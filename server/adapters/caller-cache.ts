import type { Caller } from '#server/trpc/context.ts'

type Entry = { caller: Caller; until: number }

/** Callers by the token that proved them, least recently used out first. Times in milliseconds since 1970. */
export class CallerCache {
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number
  readonly #capacity: number

  constructor(now: () => number, capacity: number) {
    this.#now = now
    this.#capacity = capacity
  }

  get(token: string): Caller | undefined {
    const entry = this.#entries.get(token)
    if (entry === undefined) return undefined
    this.#entries.delete(token)
    if (entry.until <= this.#now()) return undefined
    this.#entries.set(token, entry)
    return entry.caller
  }

  set(token: string, entry: Entry): void {
    this.#entries.delete(token)
    this.#entries.set(token, entry)
    if (this.#entries.size <= this.#capacity) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
