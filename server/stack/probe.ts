import { setTimeout as delay } from 'node:timers/promises'

const everyMs = 50

/** Resolves once `url` answers 2xx; rejects when `signal` aborts (its reason is the error). */
export async function untilAnswers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const answered = await fetch(url, { signal }).then(
      (response) => response.body?.cancel().then(() => response.ok) ?? response.ok,
      () => false,
    )
    if (answered) return
    await delay(everyMs, undefined, { signal })
  }
}
