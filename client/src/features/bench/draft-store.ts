import { get, set } from 'idb-keyval'
import { createStore } from '#client/lib/store.ts'
import { emptyDraft } from './core/draft.ts'
import type { Draft } from './core/draft.ts'

const draftKey = 'forge-draft-1'
/** Typing should not write an image to disk at every key. Milliseconds. */
const saveDelay = 300

export const draftStore = createStore<Draft>(emptyDraft(Math.random))

let restored = false
let touched = false
let timer: ReturnType<typeof setTimeout> | undefined

function save(): void {
  clearTimeout(timer)
  // Storage may be off (private windows): the draft then lives as long as the page.
  set(draftKey, draftStore.get()).catch(() => undefined)
}

/** Changes the draft and saves it soon; a picture at once, since a page that goes may not finish a save. */
export function patchDraft(patch: Partial<Draft>): void {
  touched = true
  draftStore.set({ ...draftStore.get(), ...patch })
  if (!restored) return
  clearTimeout(timer)
  timer = setTimeout(save, 'image' in patch ? 0 : saveDelay)
}

/** Brings back what was on the bench; what has been changed meanwhile wins. */
export async function restoreDraft(): Promise<void> {
  const stored = await get<Draft>(draftKey).catch(() => undefined)
  if (stored && !touched) draftStore.set({ ...emptyDraft(Math.random), ...stored })
  restored = true
  if (touched) save()
}

window.addEventListener('pagehide', () => {
  if (restored && touched) save()
})
