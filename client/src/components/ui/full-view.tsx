import { Minus, Plus, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { formatNumber } from '#client/lib/format.ts'
import { fullViewCopy } from '#client/app/copy-full-view.ts'
import { useZoom } from './use-zoom.ts'
import type { ZoomControl } from './use-zoom.ts'
import type { Size } from './zoom.ts'
import '#client/styles/full-view.css'

type FullViewProps = {
  /** Name of the dialog, e.g. the prompt. */
  title: string
  /** Pixels of the picture; 100 % shows each on one pixel of the screen. */
  size: Size
  /** What lies in the picture's box, each layer absolutely over all of it: images, canvases. */
  children: ReactNode
  /** Facts or buttons at the start of the line at the foot. */
  foot?: ReactNode
  /** Steps to a neighbour; a side without one has no button. */
  onPrevious?: (() => void) | null
  onNext?: (() => void) | null
  onClose: () => void
}

/** How much one press enlarges, and how far an arrow key moves (CSS px). */
const step = { zoom: 1.25, pan: 64 } as const

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}

function onKey(event: KeyboardEvent, zoom: ZoomControl): void {
  if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return
  const arrow = arrows[event.key]
  if (arrow) zoom.panBy({ x: arrow[0] * step.pan, y: arrow[1] * step.pan })
  else if (event.key === '+' || event.key === '=') zoom.zoomBy(step.zoom)
  else if (event.key === '-') zoom.zoomBy(1 / step.zoom)
  else if (event.key === '0') zoom.fit()
  else if (event.key === '1') zoom.actual()
  else return
  event.preventDefault()
}

/**
 * A picture over the whole window, to be looked at closely: wheel, drag, pinch, double press, + − 0 1 and arrows. Esc
 * closes it and the focus goes back to where it was.
 */
export function FullView({ title, size, children, foot, onPrevious, onNext, onClose }: FullViewProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const picture = useRef<HTMLDivElement>(null)
  const zoom = useZoom(frame, picture, size)
  useEffect(() => {
    const shown = dialog.current
    shown?.showModal()
    // On what the keys move, not on a button that Space would press.
    frame.current?.focus()
    return () => shown?.close()
  }, [])
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of the whole dialog
    <dialog
      ref={dialog}
      className="full-view"
      aria-label={title}
      onClose={onClose}
      onKeyDown={(event) => onKey(event, zoom)}
    >
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/prefer-tag-over-role -- moved by keys */}
      <div ref={frame} className="frame" tabIndex={0} role="group" aria-label={fullViewCopy.frame}>
        <div ref={picture} className="picture" style={{ inlineSize: size.width, blockSize: size.height }}>
          {children}
        </div>
      </div>
      <div className="bar-line">
        <div className="facts">{foot}</div>
        {(onPrevious ?? onNext) && (
          <span className="row">
            <button type="button" className="btn quiet small" disabled={!onPrevious} onClick={() => onPrevious?.()}>
              {fullViewCopy.previous}
            </button>
            <button type="button" className="btn quiet small" disabled={!onNext} onClick={() => onNext?.()}>
              {fullViewCopy.next}
            </button>
          </span>
        )}
        <button
          type="button"
          className="icon"
          aria-label={fullViewCopy.zoomOut}
          onClick={() => zoom.zoomBy(1 / step.zoom)}
        >
          <Minus className="i" aria-hidden />
        </button>
        <span className="num zoom">{fullViewCopy.zoom(formatNumber(zoom.scale * devicePixelRatio * 100))}</span>
        <button type="button" className="icon" aria-label={fullViewCopy.zoomIn} onClick={() => zoom.zoomBy(step.zoom)}>
          <Plus className="i" aria-hidden />
        </button>
        <button type="button" className="btn quiet small" onClick={zoom.fit}>
          {fullViewCopy.fit}
        </button>
        <button type="button" className="btn quiet small" onClick={zoom.actual}>
          {fullViewCopy.actual}
        </button>
        <button type="button" className="icon" aria-label={fullViewCopy.close} onClick={onClose}>
          <X className="i" aria-hidden />
        </button>
      </div>
    </dialog>
  )
}
