import { ownKey } from '#shared/first-frame/rules.ts'
import { draftStore, restoredStore } from '#client/features/bench/draft-store.ts'
import { keptLocal } from '#client/lib/kept-local.ts'

/** Keeps a mark for the next start while anything lies on the bench: that start then shows no empty one meanwhile. */
export function followOwn(): void {
  function follow(): void {
    if (!restoredStore.get()) return
    const holds = Object.values(draftStore.get().modes).some((mode) => mode.slots.length > 0)
    if (holds === expectsOwn()) return
    if (holds) keptLocal.setItem(ownKey, '1')
    else keptLocal.removeItem(ownKey)
  }
  restoredStore.subscribe(follow)
  draftStore.subscribe(follow)
}

/** Whether something lay on the bench when this page was last here. */
export function expectsOwn(): boolean {
  return keptLocal.getItem(ownKey) !== null
}
