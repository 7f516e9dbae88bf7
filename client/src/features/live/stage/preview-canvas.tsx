import { useEffect, useRef } from 'react'
import type { LiveEngine } from '../engine.ts'
import { createPreviewPainter } from './preview-painter.ts'

/** The latent preview of the watched job. Frames reach the canvas by reference, never through React state. */
export function PreviewCanvas({ engine, jobId, label }: { engine: LiveEngine; jobId: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (!canvas.current) return
    const painter = createPreviewPainter(canvas.current, matchMedia('(prefers-reduced-motion: reduce)').matches)
    engine.setSink((job, _epoch, frame) => {
      if (job === jobId) painter.push(frame)
    })
    return () => {
      engine.setSink(null)
      painter.stop()
    }
  }, [engine, jobId])
  // It is painted, so it cannot be an <img>.
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
  return <canvas ref={canvas} role="img" aria-label={label} data-testid="preview" />
}
