import { setTimeout as delay } from 'node:timers/promises'

const everyMs = 50

/** Resolves once `url` answers 2xx; rejects when `signal` aborts (its reason is the error). */
export async function untilAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const answered = await fetch(url, { signal }).then(
      // Read to its end: a cancelled body can throw outside every promise in undici.
      (response) => response.arrayBuffer().then(() => response.ok),
      () => false,
    )
    if (answered) return
    await delay(everyMs, undefined, { signal })
  }
}
