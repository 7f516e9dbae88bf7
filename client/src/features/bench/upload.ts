import { api } from '#client/lib/api.ts'
import type { ImageMime } from '#shared/assets/rules.ts'
import { draftStore, patchDraft } from './draft-store.ts'
import type { BenchImage } from './core/draft.ts'

/** PUT with progress; fetch cannot tell how much has been sent. Rejects when the store says no or nothing comes back. */
function put(
  ticket: { url: string; headers: Record<string, string> },
  blob: Blob,
  onShare: (share: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', ticket.url)
    for (const [name, value] of Object.entries(ticket.headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total)
    })
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve()
      else reject(new Error(`upload answered ${request.status}`))
    })
    request.addEventListener('error', () => reject(new Error('upload lost')))
    request.send(blob)
  })
}

type InFlight = { done: Promise<string>; share: number; listeners: Set<(share: number) => void> }
const inFlight = new Map<string, InFlight>()

function remember(key: string, asset: { id: string; owner: string }): void {
  const { image } = draftStore.get()
  if (image?.key === key) patchDraft({ image: { ...image, asset } })
}

async function send(image: BenchImage, owner: string, onShare: (share: number) => void): Promise<string> {
  const mime = image.blob.type as ImageMime
  const ticket = await api.assets.requestUpload.mutate({ mime, bytes: image.blob.size })
  await put(ticket, image.blob, onShare)
  const asset = await api.assets.confirm.mutate({ uploadId: ticket.uploadId })
  remember(image.key, { id: asset.id, owner })
  return asset.id
}

/**
 * The asset id of a bench image for this user, uploading it when needed. Concurrent calls for one image share one
 * upload. `onShare` hears 0..1.
 */
export function ensureUploaded(image: BenchImage, owner: string, onShare: (share: number) => void): Promise<string> {
  if (image.asset?.owner === owner) return Promise.resolve(image.asset.id)
  const key = `${image.key}:${owner}`
  const running = inFlight.get(key)
  if (running) {
    running.listeners.add(onShare)
    onShare(running.share)
    return running.done
  }
  const listeners = new Set([onShare])
  const entry: InFlight = { share: 0, listeners, done: Promise.resolve('') }
  entry.done = send(image, owner, (share) => {
    entry.share = share
    for (const listener of listeners) listener(share)
  }).finally(() => inFlight.delete(key))
  inFlight.set(key, entry)
  return entry.done
}
