import { lazy } from 'react'
import type { ComponentType, LazyExoticComponent } from 'react'
import { isMissingPart, staleStore } from './stale.ts'

function untilOnline(): Promise<void> {
  return new Promise((resolve) => window.addEventListener('online', () => resolve(), { once: true }))
}

/**
 * A part of the page that is loaded when it is first shown. Without a network it comes when that is back; one that
 * cannot be loaded shows nothing and leaves the rest of the page as it is, and the offer to reload stands above.
 */
export function late<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    try {
      if (navigator.onLine) return { default: await load() }
      return { default: await load().catch(() => untilOnline().then(load)) }
    } catch (error) {
      if (!isMissingPart(error)) throw error
      staleStore.set(true)
      return { default: () => null }
    }
  })
}
