import { createStore } from '#client/lib/store.ts'

/**
 * True from the moment a guest's account is given up until whoever asked has read everything again as the new user: an
 * image that cannot be found in between is not lost. `signIn` sets it; its caller clears it.
 */
export const movingStore = createStore(false)
