import { createStore } from './store.ts'

/** Whether the browser says it has a network. */
export const onlineStore = createStore(typeof window === 'undefined' || navigator.onLine)

/** Listens from now on; called once. */
export function followNetwork(): void {
  window.addEventListener('online', () => onlineStore.set(true))
  window.addEventListener('offline', () => onlineStore.set(false))
}
