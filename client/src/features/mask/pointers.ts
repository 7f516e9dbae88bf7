import { redo, undo } from '#client/lib/history.ts'
import type { MaskDoc } from './core/doc.ts'
import type { Dab } from './core/raster.ts'
import { fitted, panBy, toPicture, zoomAt, zoomOf } from './core/view.ts'
import type { View } from './core/view.ts'
import { beginStroke } from './stroke.ts'
import type { Stroke } from './stroke.ts'
import { createTaps } from './taps.ts'
import { patchTools, sizeNow, stepSize, toolsStore, viewStore } from './tools.ts'

type Parts = {
  /** Takes the pointer; what it holds is cut off at its edge. */
  frame: HTMLElement
  /** Holds picture and mask; moved and enlarged. */
  layer: HTMLElement
  /** The ring that shows the brush. */
  ring: HTMLElement
}

type Place = { x: number; y: number }

/** Zoom and pan of a picture in its frame, and where the brush is. Nothing here goes through React. */
export type Canvas = {
  zoomBy: (factor: number, at?: Place) => void
  fit: () => void
  /** One pixel of the picture on one CSS pixel. */
  actual: () => void
  /** Moves the brush by keyboard, in pixels of the picture. */
  nudge: (x: number, y: number) => Dab
  stop: () => void
}

/** Pen pressure at which the brush has its full width is 1; it never gets thinner than this share. */
const thinnest = 0.2
const panButton = 1
const eraserButtons = 32

/** Makes a frame paintable by mouse, pen and fingers. */
export function holdCanvas({ frame, layer, ring }: Parts, doc: MaskDoc): Canvas {
  const listening = new AbortController()
  const { signal } = listening
  const fingers = new Map<number, Place>()
  let size = { width: frame.clientWidth, height: frame.clientHeight }
  let view = fitted
  let stroke: Stroke | null = null
  let panning: Place | null = null
  let spaceHeld = false
  let ctrlHeld = false
  const taps = createTaps()
  let crosshair: Place = { x: doc.raster.width / 2, y: doc.raster.height / 2 }

  function setView(next: View): void {
    view = next
    layer.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`
    viewStore.set({ view, zoom: zoomOf(view, size, doc.raster) })
    showRing()
  }
  function showRing(): void {
    const zoom = zoomOf(view, size, doc.raster)
    const across = Math.max(3, sizeNow(toolsStore.get()) * zoom)
    ring.style.inlineSize = `${across}px`
    ring.style.blockSize = `${across}px`
    ring.style.transform = `translate(${crosshair.x * zoom + view.x}px, ${crosshair.y * zoom + view.y}px) translate(-50%, -50%)`
  }
  function placeOf(event: { clientX: number; clientY: number }): Place {
    const box = frame.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  function dabOf(event: PointerEvent): Dab {
    const tools = toolsStore.get()
    const pressed = event.pointerType === 'pen' && tools.pressure ? Math.max(thinnest, event.pressure) : 1
    return { ...toPicture(placeOf(event), view, size, doc.raster), radius: (sizeNow(tools) / 2) * pressed }
  }

  function onDown(event: PointerEvent): void {
    frame.setPointerCapture(event.pointerId)
    const { penMode, penLeft } = toolsStore.get()
    if (event.pointerType === 'pen' && !penMode && !penLeft) patchTools({ penMode: true })
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, placeOf(event))
      taps.down(event.pointerId, placeOf(event), event.timeStamp)
      if (fingers.size > 1) {
        stroke?.cancel()
        stroke = null
        panning = null
        return
      }
    }
    const tools = toolsStore.get()
    const moves = event.button === panButton || spaceHeld || (event.pointerType === 'touch' && tools.penMode)
    if (moves) {
      panning = placeOf(event)
      return
    }
    if (event.button > panButton && (event.buttons & eraserButtons) === 0) return
    const erases = tools.tool === 'erase' || event.altKey || (event.buttons & eraserButtons) !== 0
    const dab = dabOf(event)
    crosshair = dab
    showRing()
    stroke = beginStroke(doc, tools.tool, dab, erases ? 0 : 255)
  }
  function onPinch(event: PointerEvent): void {
    const before = [...fingers.values()]
    fingers.set(event.pointerId, placeOf(event))
    const after = [...fingers.values()]
    const [a, b] = before
    const [c, d] = after
    if (!a || !b || !c || !d) return
    const middle = { x: (c.x + d.x) / 2, y: (c.y + d.y) / 2 }
    const by = { x: middle.x - (a.x + b.x) / 2, y: middle.y - (a.y + b.y) / 2 }
    const factor = Math.hypot(d.x - c.x, d.y - c.y) / Math.max(1, Math.hypot(b.x - a.x, b.y - a.y))
    setView(zoomAt(panBy(view, by, size), factor, middle, size))
  }
  function onMove(event: PointerEvent): void {
    if (event.pointerType === 'touch') taps.move(event.pointerId, placeOf(event))
    if (fingers.size > 1) return onPinch(event)
    const place = placeOf(event)
    if (panning) {
      setView(panBy(view, { x: place.x - panning.x, y: place.y - panning.y }, size))
      panning = place
      return
    }
    const dab = dabOf(event)
    crosshair = dab
    showRing()
    if (!stroke) return
    const events = event.getCoalescedEvents()
    stroke.to(events.length > 0 ? events.map(dabOf) : [dab])
  }
  function onUp(event: PointerEvent): void {
    fingers.delete(event.pointerId)
    panning = null
    if (event.type === 'pointercancel') {
      stroke?.cancel()
      taps.cancel()
    } else stroke?.end()
    stroke = null
    const tapped = event.pointerType === 'touch' ? taps.up(event.pointerId, event.timeStamp) : 0
    if (tapped === 2) undo()
    else if (tapped === 3) redo()
  }
  function onWheel(event: WheelEvent): void {
    event.preventDefault()
    // A pinch on a touchpad comes as a wheel with Ctrl that nobody holds.
    if (event.shiftKey || ctrlHeld) return stepSize(event.deltaY + event.deltaX < 0 ? 1 : -1, false)
    setView(zoomAt(view, Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), placeOf(event), size))
  }
  function onKey(event: KeyboardEvent): void {
    ctrlHeld = event.ctrlKey || event.metaKey
    if (event.code !== 'Space') return
    spaceHeld = event.type === 'keydown'
    frame.classList.toggle('panning', spaceHeld)
  }
  function letGo(): void {
    ctrlHeld = false
    spaceHeld = false
    frame.classList.remove('panning')
  }

  frame.addEventListener('pointerdown', onDown, { signal })
  frame.addEventListener('pointermove', onMove, { signal })
  frame.addEventListener('pointerup', onUp, { signal })
  frame.addEventListener('pointercancel', onUp, { signal })
  frame.addEventListener('wheel', onWheel, { signal, passive: false })
  frame.addEventListener('auxclick', (event) => event.preventDefault(), { signal })
  window.addEventListener('keydown', onKey, { signal })
  window.addEventListener('keyup', onKey, { signal })
  window.addEventListener('blur', letGo, { signal })
  const resized = new ResizeObserver(() => {
    size = { width: frame.clientWidth, height: frame.clientHeight }
    if (size.width > 0) setView(panBy(view, { x: 0, y: 0 }, size))
  })
  resized.observe(frame)
  const unlisten = toolsStore.subscribe(showRing)
  const middle = () => ({ x: size.width / 2, y: size.height / 2 })
  return {
    zoomBy: (factor, at = middle()) => setView(zoomAt(view, factor, at, size)),
    fit: () => setView(fitted),
    actual: () => setView(zoomAt(view, 1 / zoomOf(view, size, doc.raster), middle(), size)),
    nudge(x, y) {
      crosshair = {
        x: Math.min(doc.raster.width, Math.max(0, crosshair.x + x)),
        y: Math.min(doc.raster.height, Math.max(0, crosshair.y + y)),
      }
      showRing()
      return { ...crosshair, radius: sizeNow(toolsStore.get()) / 2 }
    },
    stop() {
      listening.abort()
      resized.disconnect()
      unlisten()
    },
  }
}
