import { createStore } from '#client/lib/store.ts'

/** Whose prompts and presets are shown: an account's id, or `visitor` before there is one. */
export const visitor = 'visitor'
export const shelfOwnerStore = createStore(visitor)
