import type { InputRole, SliderValues } from '#shared/jobs/rules.ts'
import { sliderDefaults } from '#shared/jobs/rules.ts'
import { emptyDraft, modeDraft, withMode } from './draft.ts'
import type { Draft, ModeDraft } from './draft.ts'
import type { BenchImage, Slot, WorkImage } from './slots.ts'

type StoredImage = Omit<BenchImage, 'blob' | 'work' | 'crop' | 'original'> & {
  work: Omit<WorkImage, 'blob'> | null
  /** Absent in what was stored before images could be cut. */
  crop?: BenchImage['crop']
}
type StoredSlot = { role: InputRole; weight: number; image: StoredImage }
type StoredMode = Omit<ModeDraft, 'slots'> & { slots: StoredSlot[] }

/** The draft as it lies on disk: pictures are kept apart, under their own keys, so that typing rewrites none of them. */
export type StoredDraft = Omit<Draft, 'modes'> & {
  modes: Record<string, StoredMode>
  /** When it was written, ms since 1970; absent in older ones. */
  savedAt?: number
}

/** The draft of the first version: one image, no modes. */
export type FirstDraft = Partial<SliderValues> & {
  image?: Omit<BenchImage, 'work' | 'crop' | 'original'> | null
  prompt?: string
  seed?: string
  seedLocked?: boolean
  count?: number
  last?: SliderValues | null
}

export function imageBlobKey(key: string): string {
  return `forge-image:${key}`
}
export function workBlobKey(key: string): string {
  return `forge-work:${key}`
}
/** The file that a cut image was cut from. */
export function originalBlobKey(key: string): string {
  return `forge-original:${key}`
}

function images(draft: { modes: Record<string, { slots: readonly Slot[] }> }): BenchImage[] {
  return Object.values(draft.modes).flatMap(({ slots }) => slots.map((slot) => slot.image))
}

/** Every picture of the draft with the key that it lies under on disk. */
export function blobsOf(draft: Draft): Map<string, Blob> {
  const blobs = new Map<string, Blob>()
  for (const image of images(draft)) {
    blobs.set(imageBlobKey(image.key), image.blob)
    if (image.work) blobs.set(workBlobKey(image.key), image.work.blob)
    if (image.original) blobs.set(originalBlobKey(image.key), image.original)
  }
  return blobs
}

/** Keys of the pictures that a stored draft needs. */
export function blobKeysOf(stored: StoredDraft): string[] {
  const all = Object.values(stored.modes).flatMap(({ slots }) => slots.map((slot) => slot.image))
  const keys = ({ key, work, crop }: StoredImage) => [
    imageBlobKey(key),
    ...(work ? [workBlobKey(key)] : []),
    ...(crop ? [originalBlobKey(key)] : []),
  ]
  return [...new Set(all.flatMap(keys))]
}

export function toStored(draft: Draft): StoredDraft {
  const modes = Object.entries(draft.modes).map(([mode, { slots, ...rest }]) => {
    const kept = slots.map(({ image: { blob: _blob, original: _original, work, ...image }, ...slot }) => {
      if (!work) return { ...slot, image: { ...image, work } }
      const { blob: _work, ...facts } = work
      return { ...slot, image: { ...image, work: facts } }
    })
    return [mode, { ...rest, slots: kept }] as const
  })
  return { ...draft, modes: Object.fromEntries(modes) }
}

/** The draft with its pictures; an image whose picture is gone from the disk is left out. */
export function fromStored(stored: StoredDraft, blobs: ReadonlyMap<string, Blob>): Draft {
  const slotOf = ({ role, weight, image: { work, ...image } }: StoredSlot): Slot[] => {
    const blob = blobs.get(imageBlobKey(image.key))
    if (!blob) return []
    const painted = blobs.get(workBlobKey(image.key))
    const original = blobs.get(originalBlobKey(image.key)) ?? null
    const pictures = { blob, original, work: work && painted ? { ...work, blob: painted } : null }
    return [{ role, weight, image: { ...image, ...pictures, crop: image.crop ?? null } }]
  }
  const modes = Object.entries(stored.modes).map(
    ([mode, { slots, ...rest }]) => [mode, { ...rest, slots: slots.flatMap(slotOf) }] as const,
  )
  const { savedAt: _savedAt, ...shared } = stored
  return { ...shared, modes: Object.fromEntries(modes) }
}

/** A draft of the first version becomes that of Remix, the only mode there was. */
export function fromFirst(first: FirstDraft, random: () => number): Draft {
  const { image, prompt, last, seed, seedLocked, count, creativity, chaos } = first
  const draft = emptyDraft(random)
  const common = { seed: seed ?? draft.seed, seedLocked: seedLocked ?? false, count: count ?? draft.count }
  const slots: Slot[] = image
    ? [{ role: 'base', weight: 1, image: { ...image, work: null, crop: null, original: null } }]
    : []
  const dials = { creativity: creativity ?? sliderDefaults.creativity, chaos: chaos ?? sliderDefaults.chaos }
  const remix = { ...modeDraft(draft, 'remix'), ...dials, slots, prompt: prompt ?? '', last: last ?? null }
  return withMode({ ...draft, ...common }, 'remix', remix)
}
