import type { SignedUrl } from './storage.ts'

/** Signed URLs by storage key, oldest out first; one is reused while at least half an hour of it is left. */
export class UrlCache {
  readonly #entries = new Map<string, SignedUrl>()
  readonly #now: () => number
  readonly #capacity: number

  constructor(now: () => number, capacity: number) {
    this.#now = now
    this.#capacity = capacity
  }

  has(key: string): boolean {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.expiresAt - this.#now() > halfHourMs
  }

  set(key: string, entry: SignedUrl): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size <= this.#capacity) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  /** Those of `keys` that are held; a key without an object is absent. */
  pick(keys: readonly string[]): ReadonlyMap<string, SignedUrl> {
    return new Map(
      keys.flatMap((key) => {
        const entry = this.#entries.get(key)
        return entry === undefined ? [] : [[key, entry]]
      }),
    )
  }
}

const halfHourMs = 30 * 60_000
