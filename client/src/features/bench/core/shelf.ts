import type { ModeDraft } from './draft.ts'

/** Prompts kept besides starred ones, newest first. */
export const promptLimit = 100
export const presetNameLimit = 40

export type KeptPrompt = { text: string; starred: boolean; at: number }

/** Settings under a name: those a mode has not are left alone. */
export type PresetValues = Partial<Pick<ModeDraft, 'creativity' | 'chaos' | 'negative' | 'aspect'>> & { count?: number }
export type Preset = { id: string; name: string; values: PresetValues }

/** What one account keeps in this browser: prompts it pressed with, and settings it named. */
export type Shelf = { prompts: readonly KeptPrompt[]; presets: readonly Preset[] }

export const emptyShelf: Shelf = { prompts: [], presets: [] }

function trimmed(prompts: readonly KeptPrompt[]): KeptPrompt[] {
  let plain = 0
  return prompts.filter(({ starred }) => {
    if (!starred) plain += 1
    return starred || plain <= promptLimit
  })
}

/** Puts a prompt in front; the same words again are the same prompt, and keep their star. */
export function remember(shelf: Shelf, said: string, now: number): Shelf {
  const text = said.trim()
  if (text === '') return shelf
  const before = shelf.prompts.find((one) => one.text === text)
  const others = shelf.prompts.filter((one) => one !== before)
  return { ...shelf, prompts: trimmed([{ text, starred: before?.starred ?? false, at: now }, ...others]) }
}

/** Gives a prompt its star or takes it away; one that was never pressed is kept by it. */
export function toggleStar(shelf: Shelf, said: string, now: number): Shelf {
  const text = said.trim()
  if (text === '') return shelf
  const known = shelf.prompts.some((one) => one.text === text)
  const all = known ? shelf : remember(shelf, text, now)
  const prompts = all.prompts.map((one) => (one.text === text ? { ...one, starred: !one.starred } : one))
  return { ...all, prompts }
}

export function isStarred(shelf: Pick<Shelf, 'prompts'>, said: string): boolean {
  return shelf.prompts.some((one) => one.starred && one.text === said.trim())
}

export function withoutPrompt(shelf: Shelf, text: string): Shelf {
  return { ...shelf, prompts: shelf.prompts.filter((one) => one.text !== text) }
}

/** Forgets every prompt; with `starred` also those that were kept on purpose. */
export function withoutPrompts(shelf: Shelf, starred: boolean): Shelf {
  return { ...shelf, prompts: starred ? [] : shelf.prompts.filter((one) => one.starred) }
}

export function withPreset(shelf: Shelf, preset: Preset): Shelf {
  const others = shelf.presets.filter((one) => one.id !== preset.id)
  const at = shelf.presets.findIndex((one) => one.id === preset.id)
  const name = preset.name.trim().slice(0, presetNameLimit)
  return { ...shelf, presets: others.toSpliced(at === -1 ? others.length : at, 0, { ...preset, name }) }
}

export function withoutPreset(shelf: Shelf, id: string): Shelf {
  return { ...shelf, presets: shelf.presets.filter((one) => one.id !== id) }
}

/** Two shelves as one: what a visitor kept goes along when there is an account. */
export function merged(shelf: Shelf, other: Shelf): Shelf {
  const fresh = other.prompts.filter(({ text }) => !shelf.prompts.some((one) => one.text === text))
  const prompts = trimmed([...shelf.prompts, ...fresh].sort((a, b) => b.at - a.at))
  const presets = [...shelf.presets, ...other.presets.filter(({ id }) => !shelf.presets.some((one) => one.id === id))]
  return { prompts, presets }
}

/** Where somebody is in the prompts: −1 is what they were writing. */
export type Recall = { at: number; own: string }

/** One prompt back (1) or forth (−1) from there, with the words to show; null at either end. */
export function recall(
  prompts: readonly KeptPrompt[],
  from: Recall | null,
  by: 1 | -1,
  shown: string,
): (Recall & { text: string }) | null {
  // Whoever has changed a recalled prompt is writing a new one.
  const still = from && shown === (prompts[from.at]?.text ?? from.own)
  const here = still ? from : { at: -1, own: shown }
  let at = here.at + by
  // What is there already would look like nothing happened.
  while (at >= 0 && at < prompts.length && prompts[at]?.text === shown.trim()) at += by
  if (at < -1 || at >= prompts.length) return null
  return { at, own: here.own, text: at === -1 ? here.own : (prompts[at]?.text ?? '') }
}
