import { useEffect, useRef } from 'react'
import type { LiveEngine } from '../engine.ts'
import { createPreviewPainter } from './preview-painter.ts'
import type { MaskSource } from './soft-mask.ts'

type PreviewCanvasProps = {
  engine: LiveEngine
  jobId: string
  label: string
  /** Where the job paints; null when it paints everywhere. Previews then show only what the result will take of them. */
  mask: MaskSource | null
}

/** The latent preview of the watched job. Frames reach the canvas by reference, never through React state. */
export function PreviewCanvas({ engine, jobId, label, mask }: PreviewCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  // Its address is signed anew now and then; the mask stays the same.
  const source = useRef(mask)
  const masked = mask !== null
  useEffect(() => {
    source.current = mask
  })
  useEffect(() => {
    if (!canvas.current) return
    const leaving = new AbortController()
    const painter = createPreviewPainter(canvas.current, matchMedia('(prefers-reduced-motion: reduce)').matches, masked)
    const cut = masked ? source.current : null
    if (cut) {
      void import('./soft-mask.ts')
        .then(({ loadSoftMask }) => loadSoftMask(cut, leaving.signal))
        .then((bitmap) => painter.cutTo(bitmap))
    }
    const unfollow = engine.follow((job, _epoch, frame) => {
      if (job === jobId) painter.push(frame)
    })
    return () => {
      leaving.abort()
      unfollow()
      painter.stop()
    }
  }, [engine, jobId, masked])
  // It is painted, so it cannot be an <img>.
  // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
  return <canvas ref={canvas} role="img" aria-label={label} data-testid="preview" />
}
