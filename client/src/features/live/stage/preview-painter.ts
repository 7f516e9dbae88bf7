import type { FrameMessage } from '#shared/realtime/schema.ts'

/** Length of the crossfade between two previews, and the least time between two under reduced motion. Milliseconds. */
const timing = { fade: 120, calm: 2_000 } as const

async function decode(frame: FrameMessage): Promise<ImageBitmap | null> {
  try {
    const bytes = Uint8Array.from(atob(frame.data), (char) => char.codePointAt(0) ?? 0)
    return await createImageBitmap(new Blob([bytes], { type: frame.mime }))
  } catch {
    // A preview that does not decode is not shown; the next one comes soon.
    return null
  }
}

export type PreviewPainter = { push: (frame: FrameMessage) => void; stop: () => void }

/**
 * Paints previews on a canvas, outside React: decodes off the main thread, keeps only the newest while one decodes,
 * fades in one animation frame loop. Under reduced motion it neither fades nor shows more than one in two seconds.
 */
export function createPreviewPainter(canvas: HTMLCanvasElement, calm: boolean): PreviewPainter {
  const drawing = canvas.getContext('2d')
  let waiting: FrameMessage | null = null
  let decoding = false
  let stopped = false
  let shown: ImageBitmap | null = null
  let lastAt = -Infinity
  let loop = 0

  function paint(next: ImageBitmap, seq: number): void {
    const before = shown
    shown = next
    if (canvas.width !== next.width || canvas.height !== next.height) {
      canvas.width = next.width
      canvas.height = next.height
    }
    cancelAnimationFrame(loop)
    const started = performance.now()
    function tick(now: number): void {
      if (!drawing || stopped) return
      const share = calm ? 1 : Math.min(1, (now - started) / timing.fade)
      if (before) {
        drawing.globalAlpha = 1
        drawing.drawImage(before, 0, 0, canvas.width, canvas.height)
      }
      drawing.globalAlpha = before ? Math.max(0, share) : 1
      drawing.drawImage(next, 0, 0, canvas.width, canvas.height)
      // The newest frame of which anything can be seen; the bench of previews watches it.
      if (share > 0 || !before) canvas.dataset['painted'] = String(seq)
      if (before && share < 1) loop = requestAnimationFrame(tick)
      else before?.close()
    }
    loop = requestAnimationFrame(tick)
  }

  async function next(): Promise<void> {
    const frame = waiting
    waiting = null
    if (!frame || stopped || (calm && performance.now() - lastAt < timing.calm)) return
    const bitmap = await decode(frame)
    if (!bitmap) return
    if (stopped) return bitmap.close()
    lastAt = performance.now()
    paint(bitmap, frame.seq)
  }

  async function pump(): Promise<void> {
    if (decoding) return
    decoding = true
    while (waiting) await next()
    decoding = false
  }

  return {
    push(frame) {
      waiting = frame
      void pump()
    },
    stop() {
      stopped = true
      cancelAnimationFrame(loop)
      shown?.close()
    },
  }
}
