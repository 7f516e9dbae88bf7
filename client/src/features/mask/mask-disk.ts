import { readDisk, takeLate, writeDisk, writeLate } from '#client/lib/disk.ts'
import { createMaskDoc } from './core/doc.ts'
import type { MaskDoc } from './core/doc.ts'
import { createRaster, everywhere, resized } from './core/raster.ts'
import { decodeRuns, encodeRuns } from './core/runs.ts'

/** The mask as the server knows it: that asset of that user, for that work image, as it was painted then. */
export type Sent = { assetId: string; owner: string; workId: string }
export type Size = { width: number; height: number }

type StoredMask = {
  width: number
  height: number
  runs: Uint8Array<ArrayBuffer>
  grow: number
  feather: number
  sent: Sent | null
  /** When it was written, ms since 1970; absent in older ones. */
  savedAt?: number
}

/** More than this is not written while a page is being closed, characters. A painted mask is some thousand. */
const lateLimit = 1_000_000

function diskKey(imageKey: string): string {
  return `forge-mask:${imageKey}`
}
function lateKey(imageKey: string): string {
  return `forge-mask-late:${imageKey}`
}

function storedOf(doc: MaskDoc, sent: Sent | null): StoredMask {
  const { raster, facts } = doc
  const { grow, feather } = facts()
  const { width, height } = raster
  const runs = encodeRuns(raster, everywhere(raster))
  return { width, height, runs, grow, feather, sent, savedAt: Date.now() }
}

/** Writes a mask. Without room or storage it lives as long as the page, and the bench says so. True when it is kept. */
export async function keepMask(imageKey: string, doc: MaskDoc, sent: Sent | null): Promise<boolean> {
  return await writeDisk([[diskKey(imageKey), storedOf(doc, sent)]]).then(
    () => true,
    () => false,
  )
}

/** Writes a mask at once, for a page that is being closed: what IndexedDB begins then may not be finished. */
export function keepMaskLate(imageKey: string, doc: MaskDoc): void {
  const { runs, ...facts } = storedOf(doc, null)
  let bytes = ''
  for (const byte of runs) bytes += String.fromCharCode(byte)
  const text = JSON.stringify({ ...facts, runs: btoa(bytes) })
  if (text.length <= lateLimit) writeLate(lateKey(imageKey), text)
}

function parseLate(text: string | null): StoredMask | null {
  try {
    const late = JSON.parse(text ?? 'null') as (Omit<StoredMask, 'runs'> & { runs: string }) | null
    return late && { ...late, runs: Uint8Array.from(atob(late.runs), (char) => char.codePointAt(0) ?? 0) }
  } catch {
    return null
  }
}

/** What a page wrote of a mask while it was being closed, moved to the disk, if that is newer than `kept`. */
async function takeNewerLate(imageKey: string, kept: StoredMask | undefined): Promise<StoredMask | null> {
  const text = takeLate(lateKey(imageKey))
  const late = parseLate(text)
  if (text === null || !late || (late.savedAt ?? 0) <= (kept?.savedAt ?? 0)) return null
  // The next reload and other tabs look for it there.
  await writeDisk([[diskKey(imageKey), late]]).catch(() => writeLate(lateKey(imageKey), text))
  return late
}

/** The newest of what was kept of a mask, at the size it is wanted in; null when there is nothing. */
export async function readMask(imageKey: string, size: Size): Promise<{ doc: MaskDoc; sent: Sent | null } | null> {
  const kept = await readDisk<StoredMask>(diskKey(imageKey)).catch(() => undefined)
  const stored = (await takeNewerLate(imageKey, kept)) ?? kept
  if (!stored) return null
  const raster = createRaster(stored.width, stored.height)
  decodeRuns(raster, everywhere(raster), stored.runs)
  const fits = raster.width === size.width && raster.height === size.height
  const { grow, feather, sent } = stored
  const doc = createMaskDoc(fits ? raster : resized(raster, size.width, size.height), { grow, feather })
  return { doc, sent: fits ? sent : null }
}
