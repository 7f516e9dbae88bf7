import { createStore } from '#client/lib/store.ts'

/** The image that the keys are on, in the wall and on its own page: going in and out keeps it. */
export const activeStore = createStore<string | null>(null)
