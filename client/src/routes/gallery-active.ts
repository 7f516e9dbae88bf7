import { createStore } from '#client/lib/store.ts'

/** The image that the keys are on, in the wall and on its own page: going in and out keeps it. */
export const activeStore = createStore<string | null>(null)

/** Counts up whenever the focus has to go to that image. */
export const focusCallStore = createStore(0)

export function callFocus(): void {
  focusCallStore.set(focusCallStore.get() + 1)
}
