import { statfs } from 'node:fs/promises'
import type { ModelList } from '#shared/workflows/models.ts'
import type { ComfyStats } from '#worker/comfy/answers.ts'
import type { Template } from '#worker/core/bind-graph.ts'

/** Bytes that ComfyUI and the journal need on disk to work at all: a few images, twice. */
const leastDiskBytes = 500_000_000

const inGb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

/**
 * Why the card is too small for a template, or null. Only its main model is compared: encoders and VAE take turns with it,
 * but a model that does not fit is streamed from main memory at every step, many times slower than the price allows for.
 */
export function memoryFault({ variant }: Template, models: ModelList, { devices }: ComfyStats): string | null {
  const [device] = devices
  const bytes = models.find(({ key }) => key === variant.modelKey)?.bytes
  if (!device || device.type === 'cpu' || typeof bytes !== 'number' || device.vram_total >= bytes) return null
  return `${variant.modelKey} takes ${inGb(bytes)}, the card has ${inGb(device.vram_total)}`
}

/** Why nothing can run on a box whose disk is full, or null. */
export async function diskFault(folder: string): Promise<string | null> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize >= leastDiskBytes ? null : `the disk has only ${inGb(bavail * bsize)} left`
}
