/** Cuts a pause short: what was rung before anybody listened is heard at once. */
export type Nudge = {
  ring: () => void
  /** Resolves with the next ring, or when `signal` aborts. */
  heard: (signal: AbortSignal) => Promise<void>
}

export function createNudge(): Nudge {
  let next = Promise.withResolvers<void>()
  return {
    ring: () => next.resolve(),
    async heard(signal) {
      const aborted = Promise.withResolvers<void>()
      const abort = () => aborted.resolve()
      signal.addEventListener('abort', abort, { once: true })
      if (signal.aborted) abort()
      await Promise.race([next.promise, aborted.promise])
      signal.removeEventListener('abort', abort)
      if (!signal.aborted) next = Promise.withResolvers<void>()
    },
  }
}
