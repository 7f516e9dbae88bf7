import { Minus, Plus } from 'lucide-react'
import { maskCopy } from '#client/app/mask-copy.ts'
import { useStore } from '#client/lib/use-store.ts'
import { canvasStore } from './canvas-store.ts'
import { viewStore } from './tools.ts'

/** How much one press of a zoom button enlarges. */
const step = 1.25

/** Zoom of the canvas that is on the page. */
export function ZoomBar() {
  const canvas = useStore(canvasStore)
  const { zoom } = useStore(viewStore)
  return (
    <div className="right">
      <button type="button" className="icon" aria-label={maskCopy.zoomOut} onClick={() => canvas?.zoomBy(1 / step)}>
        <Minus className="i" aria-hidden />
      </button>
      <span className="num zoom">{maskCopy.zoom(zoom)}</span>
      <button type="button" className="icon" aria-label={maskCopy.zoomIn} onClick={() => canvas?.zoomBy(step)}>
        <Plus className="i" aria-hidden />
      </button>
      <button type="button" className="btn quiet small" onClick={() => canvas?.fit()}>
        {maskCopy.fit}
      </button>
      <button type="button" className="btn quiet small" onClick={() => canvas?.actual()}>
        {maskCopy.actual}
      </button>
    </div>
  )
}
