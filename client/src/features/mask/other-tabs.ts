import { createStore } from '#client/lib/store.ts'

/** A mask that another tab of this browser has written. `at` is when, ms since 1970. */
type Told = { imageKey: string; at: number }

/** Image keys whose masks were taken over from another tab, until they are painted on here again. */
export const takenOverStore = createStore<ReadonlySet<string>>(new Set())

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('forge-masks')

export function setTakenOver(imageKey: string, taken: boolean): void {
  const before = takenOverStore.get()
  if (before.has(imageKey) === taken) return
  const next = new Set(before)
  if (taken) next.add(imageKey)
  else next.delete(imageKey)
  takenOverStore.set(next)
}

/** Tells the other tabs that a mask lies on disk anew. */
export function tellTabs(imageKey: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no origin
  channel?.postMessage({ imageKey, at: Date.now() } satisfies Told)
}

/** Hears what other tabs write. */
export function onOtherTab(listener: (told: Told) => void): void {
  channel?.addEventListener('message', (event: MessageEvent<Told>) => listener(event.data))
}
