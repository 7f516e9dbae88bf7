import { get, set } from 'idb-keyval'
import { api } from '#client/lib/api.ts'
import { putObject } from '#client/lib/put-object.ts'
import { createMaskDoc } from './core/doc.ts'
import type { MaskDoc } from './core/doc.ts'
import { maskPng } from './core/png.ts'
import { createRaster, everywhere, resized } from './core/raster.ts'
import { decodeRuns, encodeRuns } from './core/runs.ts'
import { maskStatusStore } from './mask-status.ts'
import { readBits } from './read-mask.ts'

/** The mask as the server knows it: that asset of that user, for that work image, as it was painted then. */
type Sent = { assetId: string; owner: string; workId: string }

type StoredMask = {
  width: number
  height: number
  runs: Uint8Array<ArrayBuffer>
  grow: number
  feather: number
  sent: Sent | null
}

type Held = { doc: MaskDoc; sent: Sent | null; saving: ReturnType<typeof setTimeout> | undefined }
type Size = { width: number; height: number }

/**
 * A stroke is saved as it ends: what a page starts to write while it is being closed is lost. A dial is saved when the
 * hand rests. Milliseconds.
 */
const saveDelay = { stroke: 40, dial: 400 } as const

const held = new Map<string, Held>()
const opening = new Map<string, Promise<MaskDoc>>()

function diskKey(imageKey: string): string {
  return `forge-mask:${imageKey}`
}

function save(imageKey: string): void {
  const mask = held.get(imageKey)
  if (!mask) return
  clearTimeout(mask.saving)
  mask.saving = undefined
  const { raster, facts } = mask.doc
  const { grow, feather } = facts()
  const { width, height } = raster
  const runs = encodeRuns(raster, everywhere(raster))
  // Storage may be off or full: the mask then lives as long as the page.
  set(diskKey(imageKey), { width, height, runs, grow, feather, sent: mask.sent } satisfies StoredMask).catch(
    () => undefined,
  )
}

function hold(imageKey: string, doc: MaskDoc, sent: Sent | null): void {
  const mask: Held = { doc, sent, saving: undefined }
  held.set(imageKey, mask)
  let { coverage } = doc.facts()
  const tell = () => maskStatusStore.set({ ...maskStatusStore.get(), [imageKey]: coverage })
  tell()
  doc.listen(({ softness }) => {
    // How its edge is softened travels with the press, not with the mask.
    if (!softness) mask.sent = null
    clearTimeout(mask.saving)
    mask.saving = setTimeout(() => save(imageKey), softness ? saveDelay.dial : saveDelay.stroke)
    const now = doc.facts().coverage
    if (now === coverage) return
    coverage = now
    tell()
  })
}

async function read(imageKey: string, size: Size): Promise<MaskDoc> {
  const stored = await get<StoredMask>(diskKey(imageKey)).catch(() => undefined)
  const blank = createRaster(size.width, size.height)
  if (!stored) {
    const doc = createMaskDoc(blank)
    hold(imageKey, doc, null)
    return doc
  }
  const raster = createRaster(stored.width, stored.height)
  decodeRuns(raster, everywhere(raster), stored.runs)
  const fits = raster.width === size.width && raster.height === size.height
  const { grow, feather, sent } = stored
  const doc = createMaskDoc(fits ? raster : resized(raster, size.width, size.height), { grow, feather })
  hold(imageKey, doc, fits ? sent : null)
  return doc
}

/** The mask of a source at the size of its work image: the open one, else what is on disk, else an empty one. */
export function openMask(imageKey: string, size: Size): Promise<MaskDoc> {
  const doc = held.get(imageKey)?.doc
  if (doc && doc.raster.width === size.width && doc.raster.height === size.height) return Promise.resolve(doc)
  if (doc) {
    const { grow, feather } = doc.facts()
    const other = createMaskDoc(resized(doc.raster, size.width, size.height), { grow, feather })
    hold(imageKey, other, null)
    return Promise.resolve(other)
  }
  const running = opening.get(imageKey)
  if (running) return running
  const started = read(imageKey, size).finally(() => opening.delete(imageKey))
  opening.set(imageKey, started)
  return started
}

type Adopted = { picture: Blob; size: Size; grow: number; feather: number; sent: Sent }

/** The mask of a source from a picture that the server keeps already. False when the picture cannot be read. */
export async function adoptMask(imageKey: string, { picture, size, grow, feather, sent }: Adopted): Promise<boolean> {
  const read = await readBits(picture, size)
  if (!read) return false
  hold(imageKey, createMaskDoc(read, { grow, feather }), sent)
  save(imageKey)
  return true
}

/**
 * The mask as an asset of this user for this work image, uploaded unless exactly it already is, with how its edge is
 * softened. Rejects with the server's refusal (MASK_EMPTY, MASK_SIZE_MISMATCH …) or when nothing came back.
 */
export async function sendMask(
  imageKey: string,
  work: { id: string; size: Size },
  owner: string,
): Promise<{ assetId: string; grow: number; feather: number }> {
  const doc = await openMask(imageKey, work.size)
  doc.commit()
  const mask = held.get(imageKey)
  const { grow, feather, revision } = doc.facts()
  if (mask?.sent && mask.sent.owner === owner && mask.sent.workId === work.id) {
    return { assetId: mask.sent.assetId, grow, feather }
  }
  const png = await maskPng(doc.raster)
  const ticket = await api.assets.requestUpload.mutate({ mime: 'image/png', bytes: png.size })
  await putObject(ticket, png, () => undefined)
  const { id } = await api.assets.confirm.mutate({ uploadId: ticket.uploadId, maskOf: work.id })
  if (mask && doc.facts().revision === revision) {
    mask.sent = { assetId: id, owner, workId: work.id }
    save(imageKey)
  }
  return { assetId: id, grow, feather }
}

/** Forgets that masks are on the server, so that the next press sends them once more. */
export function forgetSentMasks(): void {
  for (const [key, mask] of held) {
    mask.sent = null
    save(key)
  }
}

window.addEventListener('pagehide', () => {
  for (const [key, mask] of held) if (mask.saving !== undefined) save(key)
})
