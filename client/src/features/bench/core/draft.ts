import { jobLimits, sliderDefaults } from '#shared/jobs/rules.ts'
import type { InputRole, SliderValues } from '#shared/jobs/rules.ts'
import type { Slot } from './slots.ts'

/** What the artist has set for one mode; each mode keeps its own. */
export type ModeDraft = SliderValues & {
  /** Images in the order they are sent. */
  slots: readonly Slot[]
  prompt: string
  negative: string
  /** Width over height of an image that no input gives its shape. */
  aspect: number
  /** Slider values of the last press, shown as a tick. */
  last: SliderValues | null
}

/** Everything the artist has set, kept in this browser across reloads. */
export type Draft = {
  seed: string
  seedLocked: boolean
  count: number
  /** By mode key; a mode that was never opened has none. */
  modes: Readonly<Record<string, ModeDraft>>
}

/** Shapes offered where no image gives one: what is written on them and width over height. */
export const aspects = [
  { name: '1:1', value: 1 },
  { name: '3:2', value: 3 / 2 },
  { name: '16:9', value: 16 / 9 },
  { name: '2:3', value: 2 / 3 },
  { name: '9:16', value: 9 / 16 },
] as const

/** A seed people can read out: 0 to 999,999,999. The engine takes up to 2^64 − 1, typed in. */
export function drawSeed(random: () => number): string {
  return String(Math.floor(random() * 1_000_000_000))
}

export function emptyDraft(random: () => number): Draft {
  return { seed: drawSeed(random), seedLocked: false, count: jobLimits.count.min, modes: {} }
}

const untouched: ModeDraft = { ...sliderDefaults, slots: [], prompt: '', negative: '', aspect: 1, last: null }

/** The draft of one mode; defaults while it was never opened. */
export function modeDraft(draft: Draft, mode: string): ModeDraft {
  return draft.modes[mode] ?? untouched
}

export function withMode(draft: Draft, mode: string, patch: Partial<ModeDraft>): Draft {
  return { ...draft, modes: { ...draft.modes, [mode]: { ...modeDraft(draft, mode), ...patch } } }
}

type Opened = { key: string; mask: boolean; inputs: readonly { role: InputRole; min: number; max: number }[] }

/**
 * What a mode starts with when it is opened for the first time: the images of the mode one comes from, as far as a role
 * that needs one fits, and its words. A mode that has a draft of its own keeps it; one that works from words alone gets
 * no image, and what is to be painted into a mask is told anew.
 */
export function carryOver(draft: Draft, from: string, to: Opened): Draft {
  const before = draft.modes[from]
  if (!before || draft.modes[to.key]) return draft
  const styles = before.slots.filter((slot) => slot.role === 'style')
  const main = before.slots.filter((slot) => slot.role !== 'style')
  const slots = to.inputs
    .filter((input) => input.min > 0)
    .flatMap(({ role, max }) => (role === 'style' ? styles : main).slice(0, max).map((slot) => ({ ...slot, role })))
  const words = to.mask ? {} : { prompt: before.prompt, negative: before.negative }
  return slots.length === 0 && before.prompt === '' ? draft : withMode(draft, to.key, { slots, ...words })
}

/** Digits only, no leading zeros, below 2^64; null when the text is no seed. */
export function parseSeed(text: string): string | null {
  const digits = text.trim()
  if (!/^\d{1,20}$/.test(digits)) return null
  const value = BigInt(digits)
  return value < 2n ** 64n ? value.toString() : null
}

/** Whole number of a slider's field, clamped to its range; null when the text is none. */
export function parseSlider(text: string, range: { min: number; max: number } = jobLimits.slider): number | null {
  const trimmed = text.trim().replace('−', '-')
  if (!/^[+-]?\d+$/.test(trimmed)) return null
  return Math.min(Math.max(Number(trimmed), range.min), range.max)
}
