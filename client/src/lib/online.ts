import { createStore } from './store.ts'

/** Whether the browser says it has a network. */
export const onlineStore = createStore(typeof window === 'undefined' || navigator.onLine)

/** Listens from now on; called once. */
export function followNetwork(): void {
  window.addEventListener('online', () => onlineStore.set(true))
  window.addEventListener('offline', () => onlineStore.set(false))
}

/** What some browsers know of their line; `downlink` in Mbit/s. */
type Line = { saveData?: boolean; effectiveType?: string; downlink?: number }

/** Less than four previews a second need, Mbit/s. */
const slowBelow = 1

/** Whether the browser knows its line to be slow, or is asked to spare it; false where it cannot tell. */
export function isLineSlow(): boolean {
  const { connection } = navigator as Navigator & { connection?: Line }
  if (!connection) return false
  const { saveData = false, effectiveType = '4g', downlink = slowBelow } = connection
  return saveData || effectiveType !== '4g' || downlink < slowBelow
}
