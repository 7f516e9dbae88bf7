import { sessionStore } from '#client/features/account/session.ts'
import { createStore } from '#client/lib/store.ts'
import { accountSheetStore, openAccount } from './account-sheet-store.ts'

/** What was pressed and had to wait for an account: it goes on by itself, once, if nothing about it has changed. */
export type Waiting =
  | { kind: 'press'; mode: string; count: number; purse: 'free' | 'credits'; price: number }
  | { kind: 'pack'; pack: string }

type Kept = Waiting & { at: number }

const key = 'forge-after-sign-in'
/** After this nobody expects it any more. Milliseconds. */
const lifetime = 15 * 60_000

function read(): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Kept | null
    return kept && Date.now() - kept.at < lifetime ? kept : null
  } catch {
    return null
  }
}

/** Survives the way to a provider and back: it is kept for this tab. */
export const waitingStore = createStore<Waiting | null>(read())

function keep(waiting: Waiting | null): void {
  waitingStore.set(waiting)
  try {
    if (waiting) sessionStorage.setItem(key, JSON.stringify({ ...waiting, at: Date.now() }))
    else sessionStorage.removeItem(key)
  } catch {
    // Storage is off: it goes on as long as this page is open.
  }
}

/** Asks for an account, and says what goes on once there is one. */
export function signInFor(waiting: Waiting): void {
  keep(waiting)
  openAccount('sign-up')
}

/** What waits, once there is an account; it waits no longer. */
export function takeWaiting<K extends Waiting['kind']>(kind: K): Extract<Waiting, { kind: K }> | null {
  const waiting = waitingStore.get()
  if (waiting?.kind !== kind || sessionStore.get().status !== 'member') return null
  keep(null)
  return waiting as Extract<Waiting, { kind: K }>
}

// A sheet that is closed without an account was a no.
accountSheetStore.subscribe(() => {
  if (accountSheetStore.get() === null && sessionStore.get().status !== 'member') keep(null)
})
