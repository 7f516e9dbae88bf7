import { imageLimits } from '#shared/assets/rules.ts'
import { cropPixels } from './core/crop.ts'
import type { Crop } from './core/crop.ts'
import { fileKind, headBytes, inspectFile } from './core/inspect.ts'
import type { FileProblem } from './core/inspect.ts'
import { fitWithin, halvingSteps, unusableSize } from './core/size.ts'
import type { Size } from './core/size.ts'

export type DownscaleRequest = { id: number; blob: Blob; crop: Crop | null }
export type DownscaleReply =
  | { id: number; kind: 'measured'; from: Size; to: Size }
  | { id: number; kind: 'done'; blob: Blob; from: Size; to: Size }
  | { id: number; kind: 'failed'; reason: FileProblem }

/** Tried in turn until the result fits an upload. */
const qualities = [0.9, 0.8, 0.65, 0.5] as const

function context(size: Size): OffscreenCanvasRenderingContext2D {
  const drawing = new OffscreenCanvas(size.width, size.height).getContext('2d', { willReadFrequently: true })
  if (!drawing) throw new Error('no 2d context in this worker')
  drawing.imageSmoothingQuality = 'high'
  return drawing
}

function draw(bitmap: ImageBitmap, to: Size): OffscreenCanvasRenderingContext2D {
  let source: ImageBitmap | OffscreenCanvas = bitmap
  let drawing = context(to)
  for (const size of halvingSteps({ width: bitmap.width, height: bitmap.height }, to)) {
    drawing = context(size)
    drawing.drawImage(source, 0, 0, size.width, size.height)
    source = drawing.canvas
  }
  return drawing
}

function hasAlpha(drawing: OffscreenCanvasRenderingContext2D, size: Size): boolean {
  const { data } = drawing.getImageData(0, 0, size.width, size.height)
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 255) < 255) return true
  return false
}

async function encode(drawing: OffscreenCanvasRenderingContext2D, size: Size): Promise<Blob> {
  const alpha = hasAlpha(drawing, size)
  if (alpha) {
    const png = await drawing.canvas.convertToBlob({ type: 'image/png' })
    if (png.size <= imageLimits.uploadBytes) return png
  }
  let smallest: Blob | null = null
  for (const quality of qualities) {
    const webp = await drawing.canvas.convertToBlob({ type: 'image/webp', quality })
    // Browsers without a WebP encoder answer PNG.
    const blob = webp.type === 'image/webp' ? webp : await drawing.canvas.convertToBlob({ type: 'image/jpeg', quality })
    if (blob.size <= imageLimits.uploadBytes) return blob
    smallest = blob
  }
  if (!smallest) throw new Error('nothing was encoded')
  return smallest
}

function post(reply: DownscaleReply): void {
  // In a worker `self` is the worker's scope, whose postMessage takes no target origin.
  const scope = self as unknown as { postMessage: (message: DownscaleReply) => void }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  scope.postMessage(reply)
}

/** The upright picture of a file, or the part of it that is wanted; null when it cannot be read. */
async function open(blob: Blob, crop: Crop | null): Promise<ImageBitmap | null> {
  const all = await createImageBitmap(blob, { imageOrientation: 'from-image' }).catch(() => null)
  if (!all || !crop) return all
  const { x, y, width, height } = cropPixels(crop, all)
  const part = await createImageBitmap(all, x, y, width, height)
  all.close()
  return part
}

async function run({ id, blob, crop }: DownscaleRequest): Promise<void> {
  const head = new Uint8Array(await blob.slice(0, headBytes).arrayBuffer())
  const problem = inspectFile(blob.size, head)
  if (problem) return post({ id, kind: 'failed', reason: problem })
  const bitmap = await open(blob, crop)
  // Some browsers do read HEIC, so it is tried.
  if (!bitmap) return post({ id, kind: 'failed', reason: fileKind(head) === 'heic' ? 'heic' : 'unreadable' })
  const from = { width: bitmap.width, height: bitmap.height }
  const unusable = unusableSize(from)
  if (unusable) {
    bitmap.close()
    return post({ id, kind: 'failed', reason: unusable })
  }
  const to = fitWithin(from)
  post({ id, kind: 'measured', from, to })
  try {
    const encoded = await encode(draw(bitmap, to), to)
    post({ id, kind: 'done', blob: encoded, from, to })
  } catch {
    post({ id, kind: 'failed', reason: 'unreadable' })
  } finally {
    bitmap.close()
  }
}

self.addEventListener('message', (event: MessageEvent<DownscaleRequest>) => void run(event.data))
