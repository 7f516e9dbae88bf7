/** The answer of `load`, asked for once per `ttlMs` however many want it; a failure is not kept. */
export function memoFor<T>(ttlMs: number, now: () => number, load: () => Promise<T>): () => Promise<T> {
  let held: { at: number; value: Promise<T> } | null = null
  return () => {
    if (held !== null && now() - held.at < ttlMs) return held.value
    const entry = { at: now(), value: load() }
    held = entry
    entry.value.catch(() => {
      if (held === entry) held = null
    })
    return entry.value
  }
}
