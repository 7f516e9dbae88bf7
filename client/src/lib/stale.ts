import { createStore } from './store.ts'

/**
 * True once a part of this page could not be loaded though there is a network: as a rule a newer version was deployed
 * and the old parts are gone. Reloading gets the new one; the draft lies on disk.
 */
export const staleStore = createStore(false)

/** Whether an error says that a part of the page itself could not be fetched, in the words of the three engines. */
export function isMissingPart(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|Importing a module script failed|Unable to preload CSS/i.test(error.message)
  )
}

if (typeof window !== 'undefined') {
  window.addEventListener('vite:preloadError', () => {
    if (navigator.onLine) staleStore.set(true)
  })
}
