import { delMany, get, getMany, keys, set, setMany } from 'idb-keyval'
import { createStore } from '#client/lib/store.ts'
import { emptyDraft, withMode } from './core/draft.ts'
import type { Draft, ModeDraft } from './core/draft.ts'
import type { BenchImage, Slot } from './core/slots.ts'
import { blobKeysOf, blobsOf, fromFirst, fromStored, toStored } from './core/stored.ts'
import type { FirstDraft, StoredDraft } from './core/stored.ts'

const draftKey = 'forge-draft-2'
const firstKey = 'forge-draft-1'
/** Typing should not write to disk at every key. Milliseconds. */
const saveDelay = 300

export const draftStore = createStore<Draft>(emptyDraft(Math.random))
/** True once what was on the bench before is back. */
export const restoredStore = createStore(false)

let touched = false
let timer: ReturnType<typeof setTimeout> | undefined
/** Pictures that lie on disk already; they never change under their key. */
const onDisk = new Set<string>()

async function write(): Promise<void> {
  const draft = draftStore.get()
  const fresh = [...blobsOf(draft)].filter(([key]) => !onDisk.has(key))
  await setMany([...fresh, [draftKey, toStored(draft)]])
  for (const [key] of fresh) onDisk.add(key)
}

function save(): void {
  clearTimeout(timer)
  // Storage may be off or full: the draft then lives as long as the page.
  write().catch(() => set(draftKey, toStored(draftStore.get())).catch(() => undefined))
}

function change(next: Draft, soon: boolean): void {
  touched = true
  draftStore.set(next)
  if (!restoredStore.get()) return
  clearTimeout(timer)
  timer = setTimeout(save, soon ? 0 : saveDelay)
}

/** Changes what all modes share and saves it soon. */
export function patchDraft(patch: Partial<Draft>): void {
  change({ ...draftStore.get(), ...patch }, 'modes' in patch)
}

/** Changes the draft of one mode; a picture is saved at once, since a page that goes may not finish a save. */
export function patchMode(mode: string, patch: Partial<ModeDraft>): void {
  change(withMode(draftStore.get(), mode, patch), 'slots' in patch)
}

/** Changes what is known of one image, in whichever modes it lies. */
export function patchImage(key: string, patch: Partial<BenchImage>): void {
  const draft = draftStore.get()
  const told = (slot: Slot): Slot => (slot.image.key === key ? { ...slot, image: { ...slot.image, ...patch } } : slot)
  const modes = Object.entries(draft.modes).map(
    ([mode, one]) => [mode, { ...one, slots: one.slots.map(told) }] as const,
  )
  change({ ...draft, modes: Object.fromEntries(modes) }, true)
}

/** What is known by now of an image: whoever holds an older copy of it may not have heard that it was sent. */
export function latestImage(image: BenchImage): BenchImage {
  const slots = Object.values(draftStore.get().modes).flatMap((one) => one.slots)
  return slots.find((slot) => slot.image.key === image.key)?.image ?? image
}

async function read(): Promise<Draft | null> {
  const stored = await get<StoredDraft>(draftKey)
  if (!stored) {
    const first = await get<FirstDraft>(firstKey)
    return first ? fromFirst(first, Math.random) : null
  }
  const wanted = blobKeysOf(stored)
  const found = await getMany<Blob | undefined>(wanted)
  const blobs = new Map(wanted.flatMap((key, index) => (found[index] ? [[key, found[index]] as const] : [])))
  for (const key of blobs.keys()) onDisk.add(key)
  return fromStored(stored, blobs)
}

/** Deletes pictures and masks of images that are on no bench any more, neither here nor in what another tab saved. */
async function sweepDisk(): Promise<void> {
  const stored = await get<StoredDraft>(draftKey)
  const modes = [...Object.values(draftStore.get().modes), ...Object.values(stored?.modes ?? {})]
  const named = new Set(modes.flatMap((one) => one.slots.map((slot) => slot.image.key)))
  const orphan = (key: IDBValidKey) =>
    typeof key === 'string' && /^forge-(image|work|mask):/.test(key) && !named.has(key.replace(/^[^:]*:/, ''))
  await delMany([firstKey, ...(await keys()).filter(orphan)])
}

/** Brings back what was on the bench; what has been changed meanwhile wins. */
export async function restoreDraft(): Promise<void> {
  const stored = await read().catch(() => 'unreadable' as const)
  if (stored !== 'unreadable' && stored && !touched) draftStore.set({ ...emptyDraft(Math.random), ...stored })
  restoredStore.set(true)
  // What could not be read may be readable next time: it is left alone until something is changed.
  if (stored === 'unreadable' && !touched) return
  await write().then(sweepDisk, () => undefined)
}

window.addEventListener('pagehide', () => {
  if (restoredStore.get() && touched) save()
})
