import { createStore } from '#client/lib/store.ts'

/** How a finished image is looked at: under one handle with what it was, beside it, only what changed, or how it came to be. */
export type ResultView = 'slider' | 'side' | 'changes' | 'timeline'

/** Kept while other images are looked at; an image that lacks a view is shown plainly. */
export const resultViewStore = createStore<ResultView>('slider')

/** True while the image of before is held up, by key or by finger. */
export const flippedStore = createStore(false)

/** Whether the picture on the canvas is shown over the whole window. */
export const fullViewStore = createStore(false)

/** Whether the sheet with everything that can be done is open (phones). */
export const moreStore = createStore(false)
