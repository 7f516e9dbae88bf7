import { createStore } from '#client/lib/store.ts'

export type Undo = { id: number; text: string; undo: () => void }

/** What was just done and can be taken back: one at a time, at the edge of the page. */
export const undoStore = createStore<Undo | null>(null)

/** How long taking back is offered, ms. */
export const undoFor = 10_000

let last = 0

/** Offers to take back what `text` says has been done. A later offer replaces an earlier one. */
export function offerUndo(text: string, undo: () => void): void {
  last += 1
  undoStore.set({ id: last, text, undo })
}
