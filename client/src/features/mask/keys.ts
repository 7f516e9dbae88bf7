import { maskLimits } from '#shared/mask/rules.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import type { MaskDoc } from './core/doc.ts'
import { invert } from './core/raster.ts'
import { beginStroke } from './stroke.ts'
import type { Stroke } from './stroke.ts'
import type { Canvas } from './pointers.ts'
import { patchTools, stepSize, toolsStore } from './tools.ts'
import type { ToolName } from './tools.ts'

const toolKeys: Partial<Record<string, ToolName>> = {
  KeyB: 'brush',
  KeyE: 'erase',
  KeyR: 'rectangle',
  KeyO: 'ellipse',
  KeyL: 'lasso',
  KeyF: 'fill',
  KeyG: 'grid',
}

const arrows: Partial<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
/** Pixels an arrow key moves the brush; with Shift it is one. */
const stride = 8

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    /^(input|textarea|select)$/i.test(target.tagName) &&
    target.getAttribute('type') !== 'range'
  )
}

/** Pixels by which one press of a key makes the edge softer or harder. */
const edgeStep = 2

/** `{` makes the edge harder, `}` softer. */
function stepEdge(doc: MaskDoc, direction: -1 | 1): void {
  const { min, max } = maskLimits.feather
  const feather = Math.min(max, Math.max(min, doc.facts().feather + direction * edgeStep))
  doc.soften({ feather }, Date.now())
}

/** The keys of a mask that change it or its view; true when the key was one. */
function onCommand(event: KeyboardEvent, doc: MaskDoc, canvas: Canvas, focused: boolean): boolean {
  const { code, shiftKey } = event
  if (event.ctrlKey || event.metaKey) return false
  const bracket =
    code === 'BracketLeft' || '[{'.includes(event.key)
      ? -1
      : code === 'BracketRight' || ']}'.includes(event.key)
        ? 1
        : 0
  if (bracket !== 0 && event.altKey) {
    stepSize(bracket, true)
    return true
  }
  // With the canvas itself in focus its keys are no surprise.
  if (event.altKey || !(singleKeysStore.get() || focused)) return false
  const tool = toolKeys[code]
  if (tool && !shiftKey) patchTools({ tool })
  else if (bracket !== 0 && shiftKey) stepEdge(doc, bracket)
  else if (bracket !== 0) stepSize(bracket, false)
  else if (code === 'KeyI') {
    doc.paint(invert)
    doc.commit()
  } else if (code === 'Backslash' && !event.repeat) patchTools({ hidden: true })
  else if (code === 'Digit0' && shiftKey) canvas.fit()
  else if (code === 'Digit1' && shiftKey) canvas.actual()
  else return false
  return true
}

/** Keys of the whole editor, off while typing or in a dialog, and the crosshair while the frame has the focus. */
export function holdKeys(frame: HTMLElement, doc: MaskDoc, canvas: Canvas): () => void {
  const listening = new AbortController()
  const { signal } = listening
  let stroke: Stroke | null = null

  function onCrosshair(event: KeyboardEvent): boolean {
    if (document.activeElement !== frame || event.altKey || event.ctrlKey || event.metaKey) return false
    const arrow = arrows[event.key]
    if (arrow) {
      const step = event.shiftKey ? 1 : stride
      const dab = canvas.nudge(arrow[0] * step, arrow[1] * step)
      frame.classList.add('crosshair')
      stroke?.to([dab])
      return true
    }
    if (event.code !== 'Space') return false
    if (!event.repeat && !stroke) {
      const { tool } = toolsStore.get()
      stroke = beginStroke(doc, tool, canvas.nudge(0, 0), tool === 'erase' ? 0 : 255)
    }
    return true
  }
  function endStroke(): void {
    stroke?.end()
    stroke = null
  }

  window.addEventListener(
    'keydown',
    (event) => {
      if (document.querySelector('dialog[open]') || isTyping(event.target)) return
      if (onCrosshair(event) || onCommand(event, doc, canvas, document.activeElement === frame)) event.preventDefault()
    },
    { signal },
  )
  window.addEventListener(
    'keyup',
    (event) => {
      if (event.code === 'Space') endStroke()
      if (event.code === 'Backslash') patchTools({ hidden: false })
    },
    { signal },
  )
  frame.addEventListener('pointermove', () => frame.classList.remove('crosshair'), { signal })
  // A pointer that goes down while Space is held moves the picture: what Space began is not meant.
  frame.addEventListener(
    'pointerdown',
    () => {
      stroke?.cancel()
      stroke = null
    },
    { signal },
  )
  window.addEventListener('blur', endStroke, { signal })
  return () => listening.abort()
}
