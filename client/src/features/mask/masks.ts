import { history } from '#client/lib/history.ts'
import { uploadFile } from '#client/lib/upload-file.ts'
import { createMaskDoc } from './core/doc.ts'
import type { MaskDoc } from './core/doc.ts'
import { maskPng } from './core/png.ts'
import { createRaster, everywhere, resized } from './core/raster.ts'
import { keepMask, keepMaskLate, readMask } from './mask-disk.ts'
import type { Sent, Size } from './mask-disk.ts'
import { maskStatusStore } from './mask-status.ts'
import { onOtherTab, setTakenOver, tellTabs } from './other-tabs.ts'
import { readBits } from './read-mask.ts'

type Held = {
  doc: MaskDoc
  /** The mode it is painted in: its steps are taken back there. */
  mode: string
  sent: Sent | null
  saving: ReturnType<typeof setTimeout> | undefined
  /** When it was last changed here, ms since 1970, and whether that lies on disk. */
  changedAt: number
  kept: boolean
}

/**
 * A stroke is saved as it ends: what a page starts to write while it is being closed is lost. A dial is saved when the
 * hand rests. Milliseconds.
 */
const saveDelay = { stroke: 40, dial: 400 } as const

const held = new Map<string, Held>()
const opening = new Map<string, Promise<MaskDoc>>()

function save(imageKey: string): void {
  const mask = held.get(imageKey)
  if (!mask) return
  clearTimeout(mask.saving)
  mask.saving = undefined
  const { revision } = mask.doc.facts()
  void keepMask(imageKey, mask.doc, mask.sent).then((kept) => {
    if (!kept) return
    mask.kept = mask.doc.facts().revision === revision
    tellTabs(imageKey)
  })
}

/** While another tab's mask is laid over this one, nothing of it goes back there. */
let takingOver = false

function hold(imageKey: string, doc: MaskDoc, { mode, sent }: Pick<Held, 'mode' | 'sent'>): void {
  const mask: Held = { doc, mode, sent, saving: undefined, changedAt: 0, kept: true }
  held.set(imageKey, mask)
  let { coverage } = doc.facts()
  const tell = () => maskStatusStore.set({ ...maskStatusStore.get(), [imageKey]: coverage })
  tell()
  doc.listen(({ softness, step }) => {
    if (step) history.push({ scope: mode, merge: null, undo: doc.undo, redo: doc.redo }, Date.now())
    // How its edge is softened travels with the press, not with the mask.
    if (!softness) mask.sent = null
    if (!takingOver) {
      mask.changedAt = Date.now()
      mask.kept = false
      setTakenOver(imageKey, false)
      clearTimeout(mask.saving)
      mask.saving = setTimeout(() => save(imageKey), softness ? saveDelay.dial : saveDelay.stroke)
    }
    const now = doc.facts().coverage
    if (now === coverage) return
    coverage = now
    tell()
  })
}

history.beforeTravel(() => {
  for (const { doc } of held.values()) doc.commit()
})

/** Lays what another tab has painted over this mask, as one step: taking it back brings this tab's mask again. */
async function takeOver(imageKey: string, at: number): Promise<void> {
  const mask = held.get(imageKey)
  if (!mask || mask.changedAt > at) return
  const { raster } = mask.doc
  const other = await readMask(imageKey, raster)
  if (!other || held.get(imageKey) !== mask || mask.changedAt > at) return
  const { grow, feather } = other.doc.facts()
  takingOver = true
  try {
    mask.doc.commit()
    if (!other.doc.raster.bits.every((bit, index) => bit === raster.bits[index])) {
      mask.doc.paint(() => {
        raster.bits.set(other.doc.raster.bits)
        return everywhere(raster)
      })
      mask.doc.commit()
      setTakenOver(imageKey, true)
    }
    mask.doc.soften({ grow, feather }, Date.now())
    mask.sent = other.sent
  } finally {
    takingOver = false
  }
}
onOtherTab(({ imageKey, at }) => void takeOver(imageKey, at))

async function read(imageKey: string, size: Size, mode: string): Promise<MaskDoc> {
  const { doc, sent } = (await readMask(imageKey, size)) ?? {
    doc: createMaskDoc(createRaster(size.width, size.height)),
    sent: null,
  }
  hold(imageKey, doc, { mode, sent })
  return doc
}

/** The mask of a source at the size of its work image: the open one, else what is on disk, else an empty one. */
export function openMask(imageKey: string, size: Size, mode: string): Promise<MaskDoc> {
  const doc = held.get(imageKey)?.doc
  if (doc && doc.raster.width === size.width && doc.raster.height === size.height) return Promise.resolve(doc)
  if (doc) {
    const { grow, feather } = doc.facts()
    const other = createMaskDoc(resized(doc.raster, size.width, size.height), { grow, feather })
    hold(imageKey, other, { mode, sent: null })
    return Promise.resolve(other)
  }
  const running = opening.get(imageKey)
  if (running) return running
  const started = read(imageKey, size, mode).finally(() => opening.delete(imageKey))
  opening.set(imageKey, started)
  return started
}

type Adopted = { picture: Blob; size: Size; mode: string; grow: number; feather: number; sent: Sent }

/** The mask of a source from a picture that the server keeps already. False when the picture cannot be read. */
export async function adoptMask(imageKey: string, adopted: Adopted): Promise<boolean> {
  const { picture, size, mode, grow, feather, sent } = adopted
  const bits = await readBits(picture, size)
  if (!bits) return false
  hold(imageKey, createMaskDoc(bits, { grow, feather }), { mode, sent })
  save(imageKey)
  return true
}

/**
 * The mask as an asset of this user for this work image, uploaded unless exactly it already is, with how its edge is
 * softened. Rejects with the server's refusal (MASK_EMPTY, MASK_SIZE_MISMATCH …) or when nothing came back.
 */
export async function sendMask(
  imageKey: string,
  work: { id: string; mode: string; size: Size },
  owner: string,
): Promise<{ assetId: string; grow: number; feather: number }> {
  const doc = await openMask(imageKey, work.size, work.mode)
  doc.commit()
  const mask = held.get(imageKey)
  const { grow, feather, revision } = doc.facts()
  if (mask?.sent && mask.sent.owner === owner && mask.sent.workId === work.id) {
    return { assetId: mask.sent.assetId, grow, feather }
  }
  const { id } = await uploadFile(await maskPng(doc.raster), { maskOf: work.id })
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

/** What is not on disk yet when the page goes, a stroke under way included, is written where that does not wait. */
function leave(): void {
  for (const [key, mask] of held) {
    mask.doc.commit()
    if (mask.kept) continue
    keepMaskLate(key, mask.doc)
    save(key)
  }
}

window.addEventListener('pagehide', leave)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') leave()
})
