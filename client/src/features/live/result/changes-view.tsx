import { useEffect, useRef, useState } from 'react'
import { resultCopy } from '#client/app/copy-result.ts'
import type { MaskSoftness } from '#shared/mask/rules.ts'
import { softenMask } from '#shared/mask/soften.ts'
import { findChanges } from './core/changes.ts'
import type { Changes } from './core/changes.ts'
import { readPixels } from './read-pixels.ts'

type ChangesViewProps = {
  /** Addresses of the work image and of the full-size result. */
  before: string
  after: string
  mask: { url: string; softness: MaskSoftness }
  alt: string
}

type Found = { changes: Changes; size: { width: number; height: number } }

async function look({ before, after, mask }: Omit<ChangesViewProps, 'alt'>, signal: AbortSignal): Promise<Found> {
  const [was, painted] = await Promise.all([readPixels(before, signal), readPixels(mask.url, signal)])
  const { width, height } = was
  const is = await readPixels(after, signal)
  if (is.width !== width || is.height !== height) throw new Error('the pictures differ in size')
  const alpha = softenMask(painted.data, width, height, mask.softness)
  return { changes: findChanges(was.data, is.data, alpha), size: { width, height } }
}

function drawVeil(canvas: HTMLCanvasElement, { changes, size }: Found): void {
  canvas.width = size.width
  canvas.height = size.height
  const drawing = canvas.getContext('2d')
  if (!drawing) return
  const pixels = drawing.createImageData(size.width, size.height)
  for (let i = 0; i < changes.veil.length; i += 1) pixels.data[i * 4 + 3] = Math.round((changes.veil[i] ?? 0) * 0.82)
  drawing.putImageData(pixels, 0, 0)
}

/** The result with everything that is as it was before under a veil, and how much that is, counted pixel by pixel. */
export function ChangesView(props: ChangesViewProps) {
  const { before, after, alt } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const [found, setFound] = useState<Found | 'looking' | 'lost'>('looking')
  const { mask } = props
  const { url } = mask
  const { grow, feather } = mask.softness
  useEffect(() => {
    const leaving = new AbortController()
    look({ before, after, mask: { url, softness: { grow, feather } } }, leaving.signal).then(
      (answer) => {
        if (canvas.current) drawVeil(canvas.current, answer)
        setFound(answer)
      },
      () => leaving.signal.aborted || setFound('lost'),
    )
    return () => leaving.abort()
  }, [before, after, url, grow, feather])
  return (
    <figure className="plate changes">
      <img src={after} alt={alt} data-testid="result" />
      <canvas ref={canvas} aria-hidden />
      <figcaption>
        <output>
          {found === 'looking'
            ? resultCopy.changesLooking
            : found === 'lost'
              ? resultCopy.changesLost
              : resultCopy.changed(found.changes.share, found.changes.outside)}
        </output>
      </figcaption>
    </figure>
  )
}
