import type { ImageMime } from '#shared/assets/rules.ts'
import type { AssetView } from '#shared/assets/schema.ts'
import { again, pauseForNetwork } from './again.ts'
import { api } from './api.ts'
import { putObject } from './put-object.ts'
import { refusalOf } from './refusal.ts'

type Upload = {
  /** The work image that this is a mask of; absent for a picture. */
  maskOf?: string
  onShare?: (share: number) => void
  signal?: AbortSignal
}

const network = {
  request: (mime: ImageMime, bytes: number, signal?: AbortSignal) =>
    api.assets.requestUpload.mutate({ mime, bytes }, { ...(signal && { signal }) }),
  put: putObject,
  confirm: (uploadId: string, maskOf: string | undefined, signal?: AbortSignal) =>
    api.assets.confirm.mutate({ uploadId, ...(maskOf ? { maskOf } : {}) }, { ...(signal && { signal }) }),
  pause: pauseForNetwork,
}

/**
 * Sends a file and has it checked: ticket, PUT, confirm. What gets no answer is tried again under the same ticket, so
 * that a file is never there twice. Rejects with the server's refusal, or when nothing came back or it was stopped.
 */
export async function uploadFile(
  blob: Blob,
  { maskOf, onShare, signal }: Upload,
  io: typeof network = network,
): Promise<AssetView> {
  const ticket = await again(() => io.request(blob.type as ImageMime, blob.size, signal), signal, io.pause)
  const confirm = () => io.confirm(ticket.uploadId, maskOf, signal)
  let tried = false
  const send = async () => {
    // Its bytes may have arrived though the answer did not, and the store takes them only once.
    const there = tried ? await confirm().catch(ifMissing) : null
    if (there) return there
    tried = true
    await io.put(ticket, blob, onShare ?? (() => undefined), signal)
    return await confirm()
  }
  return await again(send, signal, io.pause)
}

function ifMissing(error: unknown): null {
  const refusal = refusalOf(error)
  if (refusal.kind === 'refused' && refusal.code === 'UPLOAD_MISSING') return null
  throw error
}
