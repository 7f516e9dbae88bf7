import { useEffect, useState } from 'react'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { modeDraft } from '#client/features/bench/core/draft.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import { draftStore, restoredStore } from '#client/features/bench/draft-store.ts'
import { setTransfer, transferStore } from '#client/features/bench/transfers.ts'
import type { MaskDoc } from '#client/features/mask/core/doc.ts'
import { useStore } from '#client/lib/use-store.ts'

function prepare(image: BenchImage, mode: string): void {
  // Without a network it stays unprepared, and is tried again when there is one.
  import('./prepare-source.ts')
    .then(({ prepareSource }) => prepareSource(image, mode))
    .catch(() => setTransfer(image.key, { share: 0, problem: copy.bench.uploadLost }))
}

/** Sends an image again after it could not be, as the bench of this mode needs it. */
export function sendAgain(image: BenchImage, mode: ModeView): void {
  if (mode.mask) return prepare(image, mode.key)
  const session = sessionStore.get()
  setTransfer(image.key, null)
  if (!('userId' in session)) return
  const { userId } = session
  import('#client/features/bench/upload.ts')
    .then(({ ensureUploaded }) => ensureUploaded(image, userId))
    .catch(() => undefined)
}

/** The browser says “online” before the first request gets through. Milliseconds. */
const settleMs = 1_000

export type Source = {
  image: BenchImage
  /** The mask on its work image; null until both are there. */
  doc: MaskDoc | null
}

/**
 * The source of a mode that repaints, being prepared as soon as it is there, and again when the network is back; null
 * for other modes and without one.
 */
export function useSource(mode: ModeView): Source | null {
  const draft = useStore(draftStore)
  const restored = useStore(restoredStore)
  const transfers = useStore(transferStore)
  const image = mode.mask ? (modeDraft(draft, mode.key).slots[0]?.image ?? null) : null
  const key = image?.key ?? null
  const work = image?.work?.mode === mode.key ? image.work : null
  const busy = key !== null && transfers[key] !== undefined
  const [opened, setOpened] = useState<{ key: string; doc: MaskDoc } | null>(null)

  useEffect(() => {
    if (restored && image && !work && !busy) prepare(image, mode.key)
  }, [restored, image, work, busy, mode.key])

  const failed = key !== null && typeof transfers[key]?.problem === 'string'
  useEffect(() => {
    if (!image || work || !failed) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = () => {
      clearTimeout(timer)
      timer = setTimeout(() => prepare(image, mode.key), settleMs)
    }
    window.addEventListener('online', again)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('online', again)
    }
  }, [image, work, failed, mode.key])

  const width = work?.size.width ?? 0
  const height = work?.size.height ?? 0
  useEffect(() => {
    if (key === null || width === 0) return
    let current = true
    void import('#client/features/mask/masks.ts')
      .then((masks) => masks.openMask(key, { width, height }, mode.key))
      .then((doc) => {
        if (current) setOpened({ key, doc })
      })
    return () => {
      current = false
    }
  }, [key, width, height, mode.key])

  if (!image) return null
  return { image, doc: work && opened?.key === key && opened.doc.raster.width === width ? opened.doc : null }
}
