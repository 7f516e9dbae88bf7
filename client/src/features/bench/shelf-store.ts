import { deleteDisk, readDisk, writeDisk } from '#client/lib/disk.ts'
import { createStore } from '#client/lib/store.ts'
import { emptyShelf, merged, remember, withoutPrompts } from './core/shelf.ts'
import type { Shelf } from './core/shelf.ts'
import { shelfOwnerStore, visitor } from './shelf-owner.ts'

/** The shelf of whoever is here. Loaded late: nobody needs it before the first prompt is recalled or pressed. */
export const shelfStore = createStore<Shelf>(emptyShelf)

function diskKey(owner: string): string {
  return `forge-shelf:${owner}`
}

let loaded: { owner: string; done: Promise<void> } | null = null

async function load(owner: string): Promise<void> {
  const own = (await readDisk<Shelf>(diskKey(owner)).catch(() => undefined)) ?? emptyShelf
  const left = owner === visitor ? undefined : await readDisk<Shelf>(diskKey(visitor)).catch(() => undefined)
  const shelf = left ? merged(own, left) : own
  shelfStore.set(shelf)
  if (!left) return
  await writeDisk([[diskKey(owner), shelf]])
    .then(() => deleteDisk([diskKey(visitor)]))
    .catch(() => undefined)
}

/** Brings the shelf of whoever is here now; what a visitor kept goes along. */
export async function openShelf(): Promise<void> {
  const owner = shelfOwnerStore.get()
  if (loaded?.owner !== owner) loaded = { owner, done: load(owner) }
  await loaded.done
}
shelfOwnerStore.subscribe(() => void openShelf())

/** Changes the shelf. Without storage it lives as long as the page. */
export async function changeShelf(how: (shelf: Shelf) => Shelf): Promise<void> {
  await openShelf()
  const next = how(shelfStore.get())
  if (next === shelfStore.get()) return
  shelfStore.set(next)
  await writeDisk([[diskKey(shelfOwnerStore.get()), next]]).catch(() => undefined)
}

export async function rememberPrompt(text: string): Promise<void> {
  await changeShelf((shelf) => remember(shelf, text, Date.now()))
}

/** Forgets the prompts of an account that has left this browser; its presets wait for it. */
export async function forgetPrompts(owner: string): Promise<void> {
  const kept = await readDisk<Shelf>(diskKey(owner)).catch(() => undefined)
  if (kept) await writeDisk([[diskKey(owner), withoutPrompts(kept, true)]]).catch(() => undefined)
  if (loaded?.owner === owner) loaded = null
}
