import { everywhere, history } from '#client/lib/history.ts'
import { deleteDisk, diskKeys, readDisk, readDiskMany, takeLate, writeDisk, writeLate } from '#client/lib/disk.ts'
import { createStore } from '#client/lib/store.ts'
import { changeOf } from './core/change.ts'
import { emptyDraft, modeDraft, withMode } from './core/draft.ts'
import type { Draft, ModeDraft } from './core/draft.ts'
import type { BenchImage, Slot } from './core/slots.ts'
import { blobKeysOf, blobsOf, fromFirst, fromStored, toStored } from './core/stored.ts'
import type { FirstDraft, StoredDraft } from './core/stored.ts'

const draftKey = 'forge-draft-2'
const firstKey = 'forge-draft-1'
const lateKey = 'forge-draft-late'
/** Typing should not write to disk at every key. Milliseconds. */
const saveDelay = 300

export const draftStore = createStore<Draft>(emptyDraft(Math.random))
/** True once what was on the bench before is back. */
export const restoredStore = createStore(false)

type Edit = (draft: Draft) => Draft

let touched = false
/** What was changed before the disk was read, to be changed in what lies there. */
const early: Edit[] = []
let timer: ReturnType<typeof setTimeout> | undefined
/** The draft as it lies on disk; another one is not there yet. */
let kept: Draft | null = null
/** Pictures that lie on disk already; they never change under their key. */
const onDisk = new Set<string>()

function stored(): StoredDraft {
  return { ...toStored(draftStore.get()), savedAt: Date.now() }
}

async function write(): Promise<void> {
  const draft = draftStore.get()
  const fresh = [...blobsOf(draft)].filter(([key]) => !onDisk.has(key))
  await writeDisk([...fresh, [draftKey, stored()]])
  kept = draft
  for (const [key] of fresh) onDisk.add(key)
}

function save(): void {
  clearTimeout(timer)
  timer = undefined
  // Without room for a picture its words and dials may still fit. Without storage the draft lives as long as the page.
  write().catch(() => writeDisk([[draftKey, stored()]]).catch(() => undefined))
}

function change(edit: Edit, soon: boolean): void {
  touched = true
  draftStore.set(edit(draftStore.get()))
  if (!restoredStore.get()) {
    early.push(edit)
    return
  }
  clearTimeout(timer)
  timer = setTimeout(save, soon ? 0 : saveDelay)
}

/** `quiet`: nothing that somebody did by hand, so no step to take back. */
type How = { quiet?: boolean }

/** Changes what all modes share and saves it soon. */
export function patchDraft(patch: Partial<Draft>, { quiet = false }: How = {}): void {
  const draft = draftStore.get()
  const { modes, ...shared } = patch
  const done = changeOf(draft, shared)
  change((now) => ({ ...now, ...patch }), modes !== undefined)
  if (quiet || !done) return
  const go = (values: Partial<Draft>) => () => change((now) => ({ ...now, ...values }), false)
  history.push({ scope: everywhere, merge: done.merge, undo: go(done.before), redo: go(done.after) }, Date.now())
}

/** Images as they were, with what has been learnt of them since. */
function goTo(mode: string, values: Partial<ModeDraft>): void {
  const { slots } = values
  const known = slots && { slots: slots.map((slot) => ({ ...slot, image: latestImage(slot.image) })) }
  change((now) => withMode(now, mode, { ...values, ...known }), slots !== undefined)
}

/**
 * Changes the draft of one mode, one step to take back; a picture is saved at once, since a page that goes may not
 * finish a save.
 */
export function patchMode(mode: string, patch: Partial<ModeDraft>, { quiet = false }: How = {}): void {
  const draft = draftStore.get()
  const done = changeOf(modeDraft(draft, mode), patch)
  change((now) => withMode(now, mode, patch), 'slots' in patch)
  if (quiet || !done) return
  const go = (values: Partial<ModeDraft>) => () => goTo(mode, values)
  history.push({ scope: mode, merge: done.merge, undo: go(done.before), redo: go(done.after) }, Date.now())
}

/** Changes what is known of one image, in whichever modes it lies. */
export function patchImage(key: string, patch: Partial<BenchImage>): void {
  const told = (slot: Slot): Slot => (slot.image.key === key ? { ...slot, image: { ...slot.image, ...patch } } : slot)
  const toldIn = ([mode, one]: [string, ModeDraft]) => [mode, { ...one, slots: one.slots.map(told) }] as const
  change((now) => ({ ...now, modes: Object.fromEntries(Object.entries(now.modes).map(toldIn)) }), true)
}

/** What is known by now of an image: whoever holds an older copy of it may not have heard that it was sent. */
export function latestImage(image: BenchImage): BenchImage {
  const slots = Object.values(draftStore.get().modes).flatMap((one) => one.slots)
  return slots.find((slot) => slot.image.key === image.key)?.image ?? image
}

function parseLate(text: string | null): StoredDraft | null {
  try {
    return JSON.parse(text ?? 'null') as StoredDraft | null
  } catch {
    return null
  }
}

/** What a page wrote while it was being closed, moved to the disk, if that is newer than what lies there. */
async function newer(onDiskNow: StoredDraft | undefined): Promise<StoredDraft | undefined> {
  const text = takeLate(lateKey)
  const late = parseLate(text)
  if (text === null || !late || (late.savedAt ?? 0) <= (onDiskNow?.savedAt ?? 0)) return onDiskNow
  // The next reload and other tabs look for it there.
  await writeDisk([[draftKey, late]]).catch(() => writeLate(lateKey, text))
  return late
}

async function read(): Promise<Draft | null> {
  const found = await newer(await readDisk<StoredDraft>(draftKey))
  if (!found) {
    const first = await readDisk<FirstDraft>(firstKey)
    return first ? fromFirst(first, Math.random) : null
  }
  const wanted = blobKeysOf(found)
  const pictures = await readDiskMany<Blob>(wanted)
  const blobs = new Map(wanted.flatMap((key, index) => (pictures[index] ? [[key, pictures[index]] as const] : [])))
  for (const key of blobs.keys()) onDisk.add(key)
  return fromStored(found, blobs)
}

/** Deletes pictures and masks of images that are on no bench any more, neither here nor in what another tab saved. */
async function sweepDisk(): Promise<void> {
  const saved = await readDisk<StoredDraft>(draftKey)
  const modes = [...Object.values(draftStore.get().modes), ...Object.values(saved?.modes ?? {})]
  const named = new Set(modes.flatMap((one) => one.slots.map((slot) => slot.image.key)))
  const orphan = (key: IDBValidKey) =>
    typeof key === 'string' && /^forge-(image|work|original|mask):/.test(key) && !named.has(key.replace(/^[^:]*:/, ''))
  await deleteDisk([firstKey, ...(await diskKeys()).filter(orphan)])
}

/** Brings back what was on the bench; what has been changed meanwhile wins. */
export async function restoreDraft(): Promise<void> {
  const before = await read().catch(() => 'unreadable' as const)
  if (before !== 'unreadable' && before) {
    draftStore.set(early.reduce<Draft>((draft, edit) => edit(draft), { ...draftStore.get(), ...before }))
  }
  restoredStore.set(true)
  // What could not be read may be readable next time: it is left alone until something is changed.
  if (before === 'unreadable' && !touched) return
  await write().then(sweepDisk, () => undefined)
}

/** A page that goes may not finish a save: its words and dials are written where that does not wait. */
function leave(): void {
  if (!restoredStore.get() || !touched || kept === draftStore.get()) return
  writeLate(lateKey, JSON.stringify(stored()))
  save()
}

/** Has what a closing page was about to save written in time; called once. */
export function saveOnLeave(): void {
  window.addEventListener('pagehide', leave)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') leave()
  })
}
