const key = 'forge-bench-address'

/** What was open on the bench when it was last seen in this tab, so that a way back leads to the same place. */
export function rememberBench(search: Readonly<Record<string, unknown>>): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(search))
  } catch {
    // Storage is full or off: the way back leads to the bench as it starts.
  }
}

/** `?mode=` and `?job=` of the bench; empty when it was not open in this tab. */
export function benchSearch(): { mode?: string; job?: string } {
  try {
    const { mode, job } = JSON.parse(sessionStorage.getItem(key) ?? '{}') as Record<string, unknown>
    return { ...(typeof mode === 'string' ? { mode } : {}), ...(typeof job === 'string' ? { job } : {}) }
  } catch {
    return {}
  }
}
