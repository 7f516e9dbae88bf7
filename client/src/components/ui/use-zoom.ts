import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { clampZoom, fitScale, zoomTo } from './zoom.ts'
import type { Point, Size, Zoom } from './zoom.ts'

export type ZoomControl = {
  /** CSS px that one pixel takes now, for showing. */
  scale: number
  zoomBy: (factor: number) => void
  panBy: (by: Point) => void
  fit: () => void
  /** One pixel of the picture on one of the screen. */
  actual: () => void
}

type Pointers = Map<number, Point>

function middle(pointers: Pointers): Point {
  const all = [...pointers.values()]
  const sum = all.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 })
  return { x: sum.x / all.length, y: sum.y / all.length }
}

function spread(pointers: Pointers): number {
  const [a, b] = [...pointers.values()]
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0
}

/**
 * Wheel, drag, pinch and double press on `frame` move `picture` (its box, `size` CSS px wide and high before zooming). It
 * is moved by its style, outside React; only the figure goes through it.
 */
export function useZoom(
  frame: RefObject<HTMLElement | null>,
  picture: RefObject<HTMLElement | null>,
  size: Size,
): ZoomControl {
  const zoom = useRef<Zoom | null>(null)
  const [scale, setScale] = useState(1)
  const { width, height } = size

  const show = useCallback(
    (next: (now: Zoom, room: Size) => Zoom) => {
      const [box, shown] = [frame.current, picture.current]
      if (!box || !shown) return
      const room = { width: box.clientWidth, height: box.clientHeight }
      const now = zoom.current ?? { scale: Math.min(1, fitScale({ width, height }, room)), x: 0, y: 0 }
      const held = clampZoom(next(now, room), { width, height }, room)
      zoom.current = held
      shown.style.transform = `translate(${held.x}px, ${held.y}px) scale(${held.scale})`
      setScale(held.scale)
    },
    [frame, picture, width, height],
  )
  const zoomAt = useCallback(
    (factor: number, at: Point) =>
      show((now, room) => zoomTo(now, now.scale * factor, at, { picture: { width, height }, frame: room })),
    [show, width, height],
  )
  const fit = useCallback(() => show((_now, room) => ({ scale: fitScale(size, room), x: 0, y: 0 })), [show, size])
  const actual = useCallback(() => show((now) => ({ ...now, scale: 1 / devicePixelRatio })), [show])

  useLayoutEffect(() => {
    zoom.current = null
    show((now) => now)
    const resized = new ResizeObserver(() => show((now) => now))
    if (frame.current) resized.observe(frame.current)
    return () => resized.disconnect()
  }, [show, frame])

  useGestures(frame, {
    zoomAt,
    panBy: (by) => show((now) => ({ ...now, x: now.x + by.x, y: now.y + by.y })),
    fit,
    actual,
    zoom,
  })

  return {
    scale,
    zoomBy: (factor) => zoomAt(factor, { x: 0, y: 0 }),
    panBy: (by) => show((now) => ({ ...now, x: now.x + by.x, y: now.y + by.y })),
    fit,
    actual,
  }
}

type Moves = {
  zoomAt: (factor: number, at: Point) => void
  panBy: (by: Point) => void
  fit: () => void
  actual: () => void
  zoom: RefObject<Zoom | null>
}

function useGestures(frame: RefObject<HTMLElement | null>, moves: Moves): void {
  const held = useRef(moves)
  useEffect(() => {
    held.current = moves
  })
  useEffect(() => {
    const box = frame.current
    if (!box) return
    const listening = new AbortController()
    const pointers: Pointers = new Map()
    const fromMiddle = (at: Point): Point => {
      const { left, top, width, height } = box.getBoundingClientRect()
      return { x: at.x - left - width / 2, y: at.y - top - height / 2 }
    }
    const on = <K extends keyof HTMLElementEventMap>(type: K, react: (event: HTMLElementEventMap[K]) => void) =>
      box.addEventListener(type, react, { signal: listening.signal, passive: false })
    on('wheel', (event) => {
      event.preventDefault()
      held.current.zoomAt(
        Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)),
        fromMiddle({ x: event.clientX, y: event.clientY }),
      )
    })
    on('pointerdown', (event) => {
      if (event.target instanceof Element && event.target.closest('button, input, a')) return
      box.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    })
    on('pointermove', (event) => {
      if (!pointers.has(event.pointerId)) return
      const [before, apart] = [middle(pointers), spread(pointers)]
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
      const [after, now] = [middle(pointers), spread(pointers)]
      held.current.panBy({ x: after.x - before.x, y: after.y - before.y })
      if (apart > 0 && now > 0) held.current.zoomAt(now / apart, fromMiddle(after))
    })
    for (const type of ['pointerup', 'pointercancel'] as const) on(type, (event) => pointers.delete(event.pointerId))
    on('dblclick', () => {
      const { zoom, fit, actual } = held.current
      if (zoom.current && Math.abs(zoom.current.scale * devicePixelRatio - 1) < 0.01) fit()
      else actual()
    })
    return () => listening.abort()
  }, [frame])
}
