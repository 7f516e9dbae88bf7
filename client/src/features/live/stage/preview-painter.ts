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

export type PreviewPainter = {
  push: (frame: FrameMessage) => void
  /** What is painted from now on is cut to this opacity; null lifts the cut. Takes the bitmap over. */
  cutTo: (mask: ImageBitmap | null) => void
  stop: () => void
}

/**
 * Paints previews on a canvas, outside React: decodes off the main thread, keeps only the newest while one decodes,
 * fades in one animation frame loop. `masked`: nothing is shown before the cut is known. Under reduced motion it neither
 * fades nor shows more than one in two seconds.
 */
export function createPreviewPainter(canvas: HTMLCanvasElement, calm: boolean, masked: boolean): PreviewPainter {
  const drawing = canvas.getContext('2d')
  let waiting: FrameMessage | null = null
  let decoding = false
  let stopped = false
  let shown: ImageBitmap | null = null
  let fading: ImageBitmap | null = null
  let lastAt = -Infinity
  let loop = 0
  let mask: ImageBitmap | null = null
  let waitsForMask = masked

  function draw(before: ImageBitmap | null, next: ImageBitmap, share: number): void {
    if (!drawing || waitsForMask) return
    const { width, height } = canvas
    drawing.globalCompositeOperation = 'source-over'
    drawing.clearRect(0, 0, width, height)
    drawing.globalAlpha = 1
    if (before) drawing.drawImage(before, 0, 0, width, height)
    drawing.globalAlpha = before ? Math.max(0, share) : 1
    drawing.drawImage(next, 0, 0, width, height)
    if (!mask) return
    drawing.globalAlpha = 1
    drawing.globalCompositeOperation = 'destination-in'
    drawing.drawImage(mask, 0, 0, width, height)
  }

  function paint(next: ImageBitmap, seq: number): void {
    // A fade that this one cuts short.
    fading?.close()
    const before = shown
    fading = before
    shown = next
    if (canvas.width !== next.width || canvas.height !== next.height) {
      canvas.width = next.width
      canvas.height = next.height
    }
    cancelAnimationFrame(loop)
    const started = performance.now()
    function tick(now: number): void {
      if (stopped) return
      const share = calm ? 1 : Math.min(1, (now - started) / timing.fade)
      draw(before, next, share)
      // The newest frame of which anything can be seen; the bench of previews watches it.
      if (!waitsForMask && (share > 0 || !before)) canvas.dataset['painted'] = String(seq)
      if (before && share < 1) loop = requestAnimationFrame(tick)
      else {
        before?.close()
        fading = null
      }
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
    cutTo(next) {
      if (stopped) return next?.close()
      mask = next
      waitsForMask = false
      if (shown) draw(null, shown, 1)
    },
    stop() {
      stopped = true
      cancelAnimationFrame(loop)
      fading?.close()
      shown?.close()
      mask?.close()
    },
  }
}
