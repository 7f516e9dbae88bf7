import { copy } from '#client/app/copy.ts'
import { refusals } from '#client/app/copy-refusals.ts'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { uploadFile } from '#client/lib/upload-file.ts'
import type { BenchImage, WorkImage } from './core/slots.ts'
import { draftStore, latestImage, patchImage } from './draft-store.ts'
import { setTransfer, transferStore } from './transfers.ts'

const inFlight = new Map<string, Promise<string>>()
const works = new Map<string, Promise<WorkImage>>()

/** What is being sent can be stopped, by image key. */
const stops = new Map<string, AbortController>()

async function send(image: BenchImage, owner: string, signal: AbortSignal): Promise<string> {
  const share = (sent: number) => setTransfer(image.key, { share: sent, problem: null })
  share(0)
  const asset = await uploadFile(image.blob, { onShare: share, signal })
  patchImage(image.key, { asset: { id: asset.id, owner } })
  return asset.id
}

/** Stops sending these images; whoever waits for one is refused, and its slot says nothing of it. */
export function stopUploads(images: readonly Pick<BenchImage, 'key'>[]): void {
  for (const { key } of images) stops.get(key)?.abort()
}

/** What went wrong with one image, said at its slot; the error goes on to whoever asked. */
function tellSlot(key: string, error: unknown): never {
  const refusal = refusalOf(error)
  const problem = refusal.kind === 'refused' ? refusals[refusal.code](refusal.data) : copy.bench.uploadLost
  setTransfer(key, { share: 0, problem })
  throw error
}

/** One promise for everyone who asks for the same thing while it is under way. */
function shared<T>(running: Map<string, Promise<T>>, key: string, start: () => Promise<T>): Promise<T> {
  const held = running.get(key)
  if (held) return held
  const started = start().finally(() => running.delete(key))
  running.set(key, started)
  return started
}

/**
 * The asset id of a bench image for this user, uploading it when needed. Concurrent calls for one image share one
 * upload; how far it is, or why it failed, stands in `transferStore` under the image's key.
 */
export function ensureUploaded(image: BenchImage, owner: string): Promise<string> {
  const { asset } = latestImage(image)
  if (asset?.owner === owner) return Promise.resolve(asset.id)
  return shared(inFlight, `${image.key}:${owner}`, async () => {
    const stop = new AbortController()
    stops.set(image.key, stop)
    try {
      const id = await send(image, owner, stop.signal)
      setTransfer(image.key, null)
      return id
    } catch (error) {
      if (!stop.signal.aborted) return tellSlot(image.key, error)
      setTransfer(image.key, null)
      throw error
    } finally {
      if (stops.get(image.key) === stop) stops.delete(image.key)
    }
  })
}

async function prepareWork(image: BenchImage, mode: string, owner: string): Promise<WorkImage> {
  const assetId = await ensureUploaded(image, owner)
  setTransfer(image.key, { share: 1, problem: null })
  try {
    const { id, width, height, url } = await api.assets.prepareWork.mutate({ assetId, mode })
    const response = await fetch(url)
    if (!response.ok) throw new Error(`the work image answered ${response.status}`)
    const work = { id, owner, mode, size: { width, height }, blob: await response.blob() }
    setTransfer(image.key, null)
    patchImage(image.key, { work })
    return work
  } catch (error) {
    const gone = refusalOf(error)
    if (gone.kind === 'refused' && gone.code === 'ASSET_NOT_FOUND') patchImage(image.key, { asset: null })
    return tellSlot(image.key, error)
  }
}

/** The work image of a source for this user, uploading and preparing it when needed. Failures stand at its slot. */
export function ensureWork(image: BenchImage, mode: string, owner: string): Promise<WorkImage> {
  const { work } = latestImage(image)
  if (work && work.owner === owner && work.mode === mode) return Promise.resolve(work)
  return shared(works, `${image.key}:${mode}:${owner}`, () => prepareWork(image, mode, owner))
}

/** Forgets that images of a mode are on the server, so that the next press sends them once more. */
export function forgetAssets(mode: string): void {
  for (const { image } of draftStore.get().modes[mode]?.slots ?? []) {
    patchImage(image.key, { asset: null, work: null })
  }
}

/** Mean share of what is being sent of these images, 0 to 1; what is there already counts as sent. */
export function sharedProgress(images: readonly BenchImage[]): number {
  const transfers = transferStore.get()
  const shares = images.map((image) => transfers[image.key]?.share ?? 1)
  return shares.length === 0 ? 1 : shares.reduce((sum, share) => sum + share, 0) / shares.length
}
