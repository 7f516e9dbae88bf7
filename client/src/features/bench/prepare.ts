import type { Crop } from './core/crop.ts'
import type { FileProblem } from './core/inspect.ts'
import type { Size } from './core/size.ts'
import type { DownscaleReply, DownscaleRequest } from './downscale.worker.ts'

export type Prepared = { kind: 'ready'; blob: Blob; from: Size; to: Size } | { kind: 'problem'; problem: FileProblem }

type OnMeasured = (from: Size, to: Size) => void
type Ended = Exclude<DownscaleReply, { kind: 'measured' }>

let worker: Worker | null = null
let lastId = 0

function downscaler(): Worker {
  if (worker) return worker
  const started = new Worker(new URL('./downscale.worker.ts', import.meta.url), { type: 'module' })
  // One whose script did not come answers nothing, ever: the next file starts another.
  started.addEventListener('error', () => {
    if (worker === started) worker = null
  })
  worker = started
  return started
}

/** Fetches and starts the worker before there is a file, so that one chosen later needs no network. */
export function warmUpImages(): void {
  downscaler()
}

function downscale(blob: Blob, crop: Crop | null, onMeasured: OnMeasured): Promise<Ended> {
  const engine = downscaler()
  lastId += 1
  const id = lastId
  return new Promise((resolve) => {
    function finish(reply: Ended): void {
      engine.removeEventListener('message', onMessage)
      engine.removeEventListener('error', onError)
      resolve(reply)
    }
    function onMessage(event: MessageEvent<DownscaleReply>): void {
      if (event.data.id !== id) return
      if (event.data.kind === 'measured') onMeasured(event.data.from, event.data.to)
      else finish(event.data)
    }
    function onError(): void {
      // Without a network the worker's own script cannot come; the file is not to blame.
      finish({ id, kind: 'failed', reason: navigator.onLine ? 'unreadable' : 'offline' })
    }
    engine.addEventListener('message', onMessage)
    engine.addEventListener('error', onError)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin
    engine.postMessage({ id, blob, crop } satisfies DownscaleRequest)
  })
}

/**
 * Makes a file fit to send: upright, at most 2048 px, re-encoded (which drops GPS and all other metadata). Decoding
 * happens in a worker. `onMeasured` hears the sizes before the slow part; with a crop, those of the part.
 */
export async function prepareImage(file: Blob, onMeasured: OnMeasured, crop: Crop | null = null): Promise<Prepared> {
  const reply = await downscale(file, crop, onMeasured)
  if (reply.kind === 'done') return { kind: 'ready', blob: reply.blob, from: reply.from, to: reply.to }
  return { kind: 'problem', problem: reply.reason }
}
