import { setTimeout as sleep } from 'node:timers/promises'

/** Waits `ms` milliseconds; rejects with the signal's reason when it aborts. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}

/** A bell that any number of waiters can be woken with; a ring without a waiter is kept for the next one. */
export type Bell = {
  ring: () => void
  /** Until rung or `ms` passed; rejects with the signal's reason when it aborts. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let current = new AbortController()
  return {
    ring() {
      rung = true
      current.abort()
    },
    async wait(ms, signal) {
      signal.throwIfAborted()
      if (!rung) await sleep(ms, undefined, { signal: AbortSignal.any([signal, current.signal]) }).catch(() => {})
      rung = false
      current = new AbortController()
      signal.throwIfAborted()
    },
  }
}
