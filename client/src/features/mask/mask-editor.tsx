import { useEffect, useRef } from 'react'
import { maskCopy } from '#client/app/mask-copy.ts'
import { blobUrl } from '#client/lib/blob-url.ts'
import { useStore } from '#client/lib/use-store.ts'
import { canvasStore } from './canvas-store.ts'
import type { MaskDoc } from './core/doc.ts'
import { GridMask } from './grid-mask.tsx'
import { holdKeys } from './keys.ts'
import { MaskTools } from './mask-tools.tsx'
import { holdCanvas } from './pointers.ts'
import { showMask } from './surface.ts'
import { patchTools, toolsStore } from './tools.ts'

type MaskEditorProps = { doc: MaskDoc; imageKey: string; picture: Blob; name: string }

/** The work image to paint on, and its tools under it. The drawing itself is plain canvas. */
export function MaskEditor({ doc, imageKey, picture, name }: MaskEditorProps) {
  const frame = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const ring = useRef<HTMLSpanElement>(null)
  const { hidden, penMode, tool } = useStore(toolsStore)

  useEffect(() => {
    if (!frame.current || !layer.current || !canvas.current || !ring.current) return
    const held = holdCanvas({ frame: frame.current, layer: layer.current, ring: ring.current }, doc)
    const unshow = showMask(canvas.current, doc)
    const unkey = holdKeys(frame.current, doc, held)
    canvasStore.set(held)
    return () => {
      canvasStore.set(null)
      unkey()
      unshow()
      held.stop()
      doc.commit()
    }
  }, [doc])

  const { width, height } = doc.raster
  return (
    <>
      <figure className="plate">
        <div
          ref={frame}
          className="mask-frame"
          data-tool={tool}
          // A canvas that is painted on by keyboard takes the focus; it is no button.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a fieldset would put a form group around a picture
          role="group"
          aria-label={maskCopy.canvas}
          data-testid="mask-canvas"
        >
          <div ref={layer} className="mask-layer">
            <img src={blobUrl(picture)} alt={name} draggable={false} />
            <canvas ref={canvas} width={width} height={height} className={hidden ? 'invisible' : ''} />
            {tool === 'grid' && <GridMask doc={doc} />}
          </div>
          <span ref={ring} className="mask-ring" aria-hidden />
        </div>
        {penMode && (
          <span className="pen-badge">
            {maskCopy.penMode}
            <button type="button" className="btn small" onClick={() => patchTools({ penMode: false, penLeft: true })}>
              {maskCopy.penModeOff}
            </button>
          </span>
        )}
      </figure>
      <div className="under">
        <MaskTools doc={doc} imageKey={imageKey} />
      </div>
    </>
  )
}
