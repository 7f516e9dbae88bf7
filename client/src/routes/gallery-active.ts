import { useEffect } from 'react'
import { createStore } from '#client/lib/store.ts'

/** The image that the keys are on, in the wall and on its own page: going in and out keeps it. */
export const activeStore = createStore<string | null>(null)

/** Counts up whenever the focus has to go to that image. */
export const focusCallStore = createStore(0)

export function callFocus(): void {
  focusCallStore.set(focusCallStore.get() + 1)
}

/** Leads the focus to what comes after those that go, or before them at the end. */
export function focusNext(items: readonly { id: string }[], gone: ReadonlySet<string>): void {
  const at = items.findIndex(({ id }) => id === activeStore.get())
  const next = items.slice(Math.max(0, at)).find(({ id }) => !gone.has(id)) ?? items.findLast(({ id }) => !gone.has(id))
  activeStore.set(next?.id ?? null)
  callFocus()
}

/** Back from an image: to where it hangs. An offer to take back a deletion had the focus only for want of another. */
export function useFocusBack(): void {
  useEffect(() => {
    const here = document.activeElement
    const free = here === null || here === document.body || here.closest('.toast') !== null
    if (activeStore.get() !== null && free) callFocus()
  }, [])
}
