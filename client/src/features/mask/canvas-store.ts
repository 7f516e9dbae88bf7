import { createStore } from '#client/lib/store.ts'
import type { Canvas } from './pointers.ts'

/** The canvas on the page, for the zoom buttons at its foot; null while there is none. */
export const canvasStore = createStore<Canvas | null>(null)
