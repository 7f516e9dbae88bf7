import { createStore } from '#client/lib/store.ts'

/** Which side of the account sheet is open; null while it is closed. */
export const accountSheetStore = createStore<'sign-in' | 'sign-up' | null>(null)

export function openAccount(side: 'sign-in' | 'sign-up'): void {
  accountSheetStore.set(side)
}
