import { useEffect, useRef, useState } from 'react'
import type { CSSProperties } from 'react'
import { resultCopy } from '#client/app/copy-result.ts'
import { heatColour } from '../core/heat.ts'
import { stepOfTile, tilesOf } from './core/timeline.ts'

type Picture = { url: string; width: number; height: number }

export type TimelineViewProps = {
  strip: Picture
  result: Picture
  /** What lies under a preview that is cut to a mask; null when previews fill the picture. */
  before: string | null
  steps: number
  alt: string
  /** Cuts previews to the mask of the job; null when there is none. */
  loadMask: ((signal: AbortSignal) => Promise<ImageBitmap | null>) | null
}

function useTiles({ strip, loadMask }: Pick<TimelineViewProps, 'strip' | 'loadMask'>) {
  const [tiles, setTiles] = useState<{ strip: HTMLImageElement; mask: ImageBitmap | null } | null>(null)
  const load = useRef(loadMask)
  const { url } = strip
  useEffect(() => {
    const leaving = new AbortController()
    const image = new Image()
    image.crossOrigin = 'anonymous'
    image.src = url
    void Promise.all([image.decode(), load.current?.(leaving.signal) ?? null]).then(
      ([, mask]) => leaving.signal.aborted || setTiles({ strip: image, mask }),
      // Without it the slider still leads to the result.
      () => undefined,
    )
    return () => leaving.abort()
  }, [url])
  return tiles
}

/** Scrubs from the first preview to the result, on any device: the worker sent its previews along with the image. */
export function TimelineView(props: TimelineViewProps) {
  const { strip, result, before, steps, alt } = props
  const count = tilesOf(strip, result)
  // The last place is the result itself.
  const [at, setAt] = useState(0)
  const tiles = useTiles(props)
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const drawing = canvas.current?.getContext('2d')
    if (!drawing || !tiles || at >= count) return
    const [width, height] = [Math.round(tiles.strip.naturalWidth / count), tiles.strip.naturalHeight]
    const scale = tiles.mask ? Math.max(1, Math.floor(768 / width)) : 1
    drawing.canvas.width = width * scale
    drawing.canvas.height = height * scale
    drawing.drawImage(tiles.strip, at * width, 0, width, height, 0, 0, width * scale, height * scale)
    if (!tiles.mask) return
    drawing.globalCompositeOperation = 'destination-in'
    drawing.drawImage(tiles.mask, 0, 0, width * scale, height * scale)
  }, [at, count, tiles])
  const done = at >= count
  const words = done ? resultCopy.timelineResult(steps) : resultCopy.timelineStep(stepOfTile(at, count, steps), steps)
  return (
    <>
      <figure className="plate">
        {before && !done && <img src={before} alt="" />}
        {done ? (
          <img src={result.url} alt={alt} data-testid="result" />
        ) : (
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- it is painted
          <canvas ref={canvas} role="img" aria-label={resultCopy.timelineAlt(words)} data-testid="timeline" />
        )}
      </figure>
      <div className="scrub">
        <div className="heat" aria-hidden>
          {Array.from({ length: count + 1 }, (_, index) => (
            <i
              // oxlint-disable-next-line react/no-array-index-key -- the cells of a strip never move
              key={index}
              className={index <= at ? 'on' : 'off'}
              style={index <= at ? ({ '--c': heatColour(index / count) } as CSSProperties) : undefined}
            />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={count}
          value={at}
          aria-label={resultCopy.timeline}
          aria-valuetext={words}
          onChange={(event) => setAt(Number(event.target.value))}
        />
        <output className="num">{words}</output>
      </div>
    </>
  )
}
