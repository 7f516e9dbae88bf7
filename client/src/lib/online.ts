import { createStore } from './store.ts'

/** Whether the browser says it has a network. */
export const onlineStore = createStore(navigator.onLine)

window.addEventListener('online', () => onlineStore.set(true))
window.addEventListener('offline', () => onlineStore.set(false))
