import { createStore } from '#client/lib/store.ts'

/** Share of each source that is painted, 0 to 1, by image key; a source whose mask was not opened yet has none. */
export const maskStatusStore = createStore<Readonly<Record<string, number>>>({})
