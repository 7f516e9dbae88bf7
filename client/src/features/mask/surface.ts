import type { MaskDoc } from './core/doc.ts'
import { drawOverlay, hardenRect, resoften, softenCost } from './core/overlay.ts'
import { everywhere } from './core/raster.ts'
import { inflate, isEmpty, nowhere, union } from './core/rect.ts'
import type { Rect } from './core/rect.ts'
import { colours, toolsStore, viewStore } from './tools.ts'

/** Outline width aimed at, CSS px. */
const outline = 1.5
/** Pixels that can be softened within a frame with room to spare on a slow phone; more waits until the hand rests. */
const frameBudget = 160_000
/** A hand that has not moved for this long rests. Milliseconds. */
const rest = 60

/**
 * Shows a mask on its canvas, which has the size of the work image. All changes between two frames are softened and
 * drawn once, and only the rectangle they can have touched. Answers how to stop.
 */
export function showMask(canvas: HTMLCanvasElement, doc: MaskDoc): () => void {
  const { raster } = doc
  const { width, height } = raster
  const drawing = canvas.getContext('2d')
  if (!drawing) throw new Error('no 2d context for the mask')
  const picture = new ImageData(width, height)
  const soft = new Uint8Array(width * height)
  let unsoftened: Rect = nowhere
  let undrawn: Rect = everywhere(raster)
  let line = 1
  let frame = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Changed, and shown hard or not at all until it is softened. */
  let owed: Rect = everywhere(raster)
  /** A hand is painting: what does not fit a frame can wait until it rests. */
  let live = false

  function settle(): void {
    if (isEmpty(owed)) return
    undrawn = union(undrawn, resoften(raster, soft, owed, doc.facts()))
    owed = nowhere
  }
  /** Brings what changed up to date: exactly when that fits a frame, else hard now and exactly as soon as it can. */
  function soften(): void {
    clearTimeout(timer)
    if (!live || softenCost(raster, union(owed, unsoftened), doc.facts()) <= frameBudget) {
      owed = union(owed, unsoftened)
      settle()
    } else if (!isEmpty(unsoftened)) {
      hardenRect(raster, soft, unsoftened)
      undrawn = union(undrawn, unsoftened)
      owed = union(owed, unsoftened)
    }
    unsoftened = nowhere
    if (isEmpty(owed)) return
    timer = setTimeout(() => {
      live = false
      soon()
    }, rest)
  }
  function paint(): void {
    frame = 0
    const { colour, opacity } = toolsStore.get()
    soften()
    const rect = inflate(undrawn, line, width, height)
    undrawn = nowhere
    if (isEmpty(rect)) return
    drawOverlay(picture, soft, rect, { colour: colours[colour], opacity, line })
    drawing?.putImageData(picture, 0, 0, rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top)
  }
  function soon(): void {
    if (frame === 0) frame = requestAnimationFrame(paint)
  }
  function redraw(): void {
    undrawn = everywhere(raster)
    soon()
  }
  function onView(): void {
    const wanted = Math.max(1, Math.round(outline / viewStore.get().zoom))
    if (wanted === line) return
    line = wanted
    redraw()
  }
  let { colour, opacity } = toolsStore.get()
  function onTools(): void {
    const tools = toolsStore.get()
    if (tools.colour === colour && tools.opacity === opacity) return
    ;({ colour, opacity } = tools)
    redraw()
  }

  const ends = [
    doc.listen((change) => {
      unsoftened = union(unsoftened, change.rect)
      live = change.live
      soon()
    }),
    viewStore.subscribe(onView),
    toolsStore.subscribe(onTools),
  ]
  onView()
  soon()
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    for (const end of ends) end()
  }
}
