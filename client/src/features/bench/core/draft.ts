import { jobLimits, sliderDefaults } from '#shared/jobs/rules.ts'
import type { SliderValues } from '#shared/jobs/rules.ts'
import type { Size } from './size.ts'

/** The image on the bench: ready to send, with the asset it became once sent. */
export type BenchImage = {
  /** Chosen when it was put there; another image has another key. */
  key: string
  name: string
  blob: Blob
  size: Size
  /** As it was before it was scaled down. */
  from: Size
  /** Known to the server as this asset of this user; null until uploaded. */
  asset: { id: string; owner: string } | null
}

/** Everything the artist has set, kept in this browser across reloads. */
export type Draft = SliderValues & {
  image: BenchImage | null
  prompt: string
  seed: string
  seedLocked: boolean
  count: number
  /** Slider values of the last press, shown as a tick. */
  last: SliderValues | null
}

/** A seed people can read out: 0 to 999,999,999. The engine takes up to 2^64 − 1, typed in. */
export function drawSeed(random: () => number): string {
  return String(Math.floor(random() * 1_000_000_000))
}

export function emptyDraft(random: () => number): Draft {
  return {
    ...sliderDefaults,
    image: null,
    prompt: '',
    seed: drawSeed(random),
    seedLocked: false,
    count: jobLimits.count.min,
    last: null,
  }
}

/** Digits only, no leading zeros, below 2^64; null when the text is no seed. */
export function parseSeed(text: string): string | null {
  const digits = text.trim()
  if (!/^\d{1,20}$/.test(digits)) return null
  const value = BigInt(digits)
  return value < 2n ** 64n ? value.toString() : null
}

/** Clamped whole number of a slider's field; null when the text is none. */
export function parseSlider(text: string): number | null {
  if (!/^\s*\d+\s*$/.test(text)) return null
  return Math.min(Math.max(Number(text), jobLimits.slider.min), jobLimits.slider.max)
}
