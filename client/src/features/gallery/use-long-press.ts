import { useEffect, useRef } from 'react'
import type { PointerEvent } from 'react'

const holdMs = 480
/** A finger that moves this far scrolls, CSS px. */
const slack = 10

/** `hold` are handlers for a touch that rests: `onHold` once. `swallows` tells the click that follows it. */
export function useLongPress(onHold: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const start = useRef({ x: 0, y: 0 })
  const held = useRef(false)
  useEffect(() => () => clearTimeout(timer.current), [])
  const end = () => clearTimeout(timer.current)
  const hold = {
    onPointerDown(event: PointerEvent) {
      held.current = false
      if (event.pointerType === 'mouse') return
      start.current = { x: event.clientX, y: event.clientY }
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        held.current = true
        onHold()
      }, holdMs)
    },
    onPointerMove(event: PointerEvent) {
      const { x, y } = start.current
      if (Math.hypot(event.clientX - x, event.clientY - y) > slack) end()
    },
    onPointerUp: end,
    onPointerCancel: end,
    onContextMenu(event: { preventDefault: () => void }) {
      if (held.current) event.preventDefault()
    },
  }
  /** True once after a hold: this click belongs to it. */
  const swallows = (): boolean => {
    const was = held.current
    held.current = false
    return was
  }
  return { hold, swallows }
}
