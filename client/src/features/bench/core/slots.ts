import type { InputRole } from '#shared/jobs/rules.ts'
import type { Crop } from './crop.ts'
import type { Size } from './size.ts'

/** The work image of a source: what is painted on, and what Before shows. Known to the server as `id` of `owner`. */
export type WorkImage = { id: string; owner: string; mode: string; size: Size; blob: Blob }

/** An image on the bench: ready to send, with the asset it became once sent. */
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
  work: WorkImage | null
  /** The part of the file that was taken, and the file itself, so that it can be cut anew; null for all of it. */
  crop: Crop | null
  original: Blob | null
}

/** One image in one role. `weight` (0 to 1) counts only where the role is style. */
export type Slot = { role: InputRole; weight: number; image: BenchImage }

/** What a mode takes in: roles in the order they are sent, with how many images each. */
export type Input = { role: InputRole; min: number; max: number }

export function slotsOf(slots: readonly Slot[], role: InputRole): Slot[] {
  return slots.filter((slot) => slot.role === role)
}

/** Slots in the order of the mode's inputs; those of a role it does not have are left out, as is one too many. */
export function orderedSlots(inputs: readonly Input[], slots: readonly Slot[]): Slot[] {
  return inputs.flatMap(({ role, max }) => slotsOf(slots, role).slice(0, max))
}

/** The input that still lacks an image it cannot do without; null when the mode has all it needs. */
export function missingInput<T extends Input>(inputs: readonly T[], slots: readonly Slot[]): T | null {
  return inputs.find(({ role, min }) => slotsOf(slots, role).length < min) ?? null
}

/**
 * Where an image goes that was dropped on no slot: what is missing comes first, then whatever has room, and once all is
 * full it takes the place of the first. Null for a mode without inputs.
 */
export function landingRole(inputs: readonly Input[], slots: readonly Slot[]): InputRole | null {
  const room = inputs.find(({ role, max }) => slotsOf(slots, role).length < max)
  return (missingInput(inputs, slots) ?? room ?? inputs[0])?.role ?? null
}

/** Puts an image in a role: in place of the one with key `instead`, else at the end, else over the last one. */
export function withImage(
  slots: readonly Slot[],
  { role, max }: Pick<Input, 'role' | 'max'>,
  image: BenchImage,
  instead: string | null,
): Slot[] {
  if (slots.some((slot) => slot.role === role && slot.image.key === instead)) {
    return slots.map((slot) => (slot.role === role && slot.image.key === instead ? { ...slot, image } : slot))
  }
  const held = slotsOf(slots, role)
  const others = slots.filter((slot) => slot.role !== role)
  const kept = held.length < max ? held : held.slice(0, max - 1)
  return [...others, ...kept, { role, weight: 1, image }]
}

export function withoutImage(slots: readonly Slot[], role: InputRole, key: string): Slot[] {
  return slots.filter((slot) => slot.role !== role || slot.image.key !== key)
}

export function withWeight(slots: readonly Slot[], key: string, weight: number): Slot[] {
  return slots.map((slot) => (slot.image.key === key ? { ...slot, weight } : slot))
}

/** Lets two images change places, strengths and all; each keeps the role of the place that it comes to. */
export function withSwapped(slots: readonly Slot[], one: string, other: string): Slot[] {
  const find = (key: string) => slots.find((slot) => slot.image.key === key)?.image
  const [a, b] = [find(one), find(other)]
  if (!a || !b) return [...slots]
  const turned = new Map([
    [one, b],
    [other, a],
  ])
  return slots.map((slot) => ({ ...slot, image: turned.get(slot.image.key) ?? slot.image }))
}

/** Puts an image of a role before or after another of it, wherever both stand. */
export function withPlaced(slots: readonly Slot[], role: InputRole, key: string, onto: string): Slot[] {
  const held = slotsOf(slots, role)
  const from = held.findIndex((slot) => slot.image.key === key)
  const to = held.findIndex((slot) => slot.image.key === onto)
  return from === -1 || to === -1 ? [...slots] : withMoved(slots, role, key, to - from)
}

/** Moves an image among those of its role by `by` places; at either end it stays. */
export function withMoved(slots: readonly Slot[], role: InputRole, key: string, by: number): Slot[] {
  const held = slotsOf(slots, role)
  const from = held.findIndex((slot) => slot.image.key === key)
  const moved = held[from]
  const to = from + by
  if (!moved || to < 0 || to >= held.length) return [...slots]
  held.splice(from, 1)
  held.splice(to, 0, moved)
  return [...slots.filter((slot) => slot.role !== role), ...held]
}
