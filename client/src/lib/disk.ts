import { delMany, get, getMany, keys, setMany } from 'idb-keyval'
import { createStore } from './store.ts'

/**
 * How this browser keeps things: `full` when the last write found no room, `off` when it keeps nothing at all (private
 * windows of some browsers, storage forbidden).
 */
export type DiskState = 'ok' | 'full' | 'off'
export const diskStore = createStore<DiskState>('ok')

/** Which of the two an error of the storage means. */
export function diskProblem(error: unknown): Exclude<DiskState, 'ok'> {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  // Chromium wraps a full disk in an aborted transaction, whose message then says so.
  const said = error instanceof Error || error instanceof DOMException ? error.message : ''
  return name === 'QuotaExceededError' || /quota|no space|full disk|disk is full/i.test(said) ? 'full' : 'off'
}

async function watched<T>(work: () => Promise<T>): Promise<T> {
  try {
    const done = await work()
    return done
  } catch (error) {
    diskStore.set(diskProblem(error))
    throw error
  }
}

/** One value; undefined when there is none. Rejects where nothing can be read, and `diskStore` says why. */
export function readDisk<T>(key: string): Promise<T | undefined> {
  return watched(async () => await get<T>(key))
}

export function readDiskMany<T>(names: string[]): Promise<(T | undefined)[]> {
  return watched(async () => await getMany<T | undefined>(names))
}

/** Writes all or nothing. Rejects when there is no room or no storage, and `diskStore` says which. */
export async function writeDisk(entries: [key: string, value: unknown][]): Promise<void> {
  await watched(async () => await setMany(entries))
  diskStore.set('ok')
}

export function deleteDisk(names: IDBValidKey[]): Promise<void> {
  return watched(async () => await delMany(names))
}

export function diskKeys(): Promise<IDBValidKey[]> {
  return watched(async () => await keys())
}

/**
 * What a page writes while it is being closed: IndexedDB does not wait for that, local storage does. Read once, and
 * gone then. Text only, and little of it.
 */
export function writeLate(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // Full or off: what was written a moment before stands.
  }
}

export function takeLate(key: string): string | null {
  try {
    const text = localStorage.getItem(key)
    if (text !== null) localStorage.removeItem(key)
    return text
  } catch {
    return null
  }
}
