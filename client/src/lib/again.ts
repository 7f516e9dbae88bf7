import { refusalOf } from './refusal.ts'

/** Waits between tries at something that got no answer, ms. */
const waits = [1_000, 3_000, 8_000] as const
/** Without a network nothing is tried before it is back, or this long, ms. */
const offlineFor = 60_000
/** The browser says “online” before the first request gets through. Milliseconds. */
const settleMs = 500

/** Waits `ms`, or without a network until it is back. Resolves early, never rejects, once `signal` is aborted. */
export function pauseForNetwork(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer = setTimeout(end, navigator.onLine ? ms : offlineFor)
    function back(): void {
      clearTimeout(timer)
      timer = setTimeout(end, settleMs)
    }
    function end(): void {
      clearTimeout(timer)
      window.removeEventListener('online', back)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    window.addEventListener('online', back)
    signal?.addEventListener('abort', end)
  })
}

type Pause = typeof pauseForNetwork

/**
 * Tries `task` until it is answered, a few times with longer and longer waits. Rejects at once with a typed refusal or
 * when stopped, and with the last failure when nothing came back at all. The task must stand being carried out twice.
 */
export async function again<T>(
  task: () => Promise<T>,
  signal?: AbortSignal,
  pause: Pause = pauseForNetwork,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await task()
    } catch (error) {
      const wait = waits[attempt]
      if (wait === undefined || signal?.aborted || refusalOf(error).kind === 'refused') throw error
      await pause(wait, signal)
      if (signal?.aborted) throw error
    }
  }
}
