import { useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'
import { rowAt, rowOf } from './core/rows.ts'
import type { Row } from './core/rows.ts'
import type { Item } from './core/items.ts'

/** The image at the top edge, and how far its row is scrolled above it, CSS px. */
type Anchor = { id: string; offset: number }

const rememberMs = 120

function stored(key: string): Anchor | null {
  try {
    const anchor = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Anchor | null
    return anchor && typeof anchor.id === 'string' && typeof anchor.offset === 'number' ? anchor : null
  } catch {
    return null
  }
}

function store(key: string, anchor: Anchor | null): void {
  try {
    if (anchor) sessionStorage.setItem(key, JSON.stringify(anchor))
    else sessionStorage.removeItem(key)
  } catch {
    // Storage is full or off: the place is kept as long as the page.
  }
}

type Options = {
  scroller: RefObject<HTMLDivElement | null>
  rows: readonly Row[]
  items: readonly Item[]
  /** Address of the wall: each remembers its own place, also across a reload. */
  place: string
}

/**
 * Keeps the image at the top edge where it is, whatever is laid out anew: images that come on top, ones that go, another
 * width, a reload. At the very top new images simply come into sight.
 */
export function useWallScroll({ scroller, rows, items, place }: Options): void {
  const key = `forge-wall ${place}`
  const anchor = useRef<Anchor | null>(null)
  /** Images after the anchor, should that one be deleted. */
  const below = useRef<readonly string[]>([])
  const waiting = useRef<Anchor | null>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useLayoutEffect(() => {
    waiting.current = stored(key)
    anchor.current = null
    scroller.current?.scrollTo({ top: 0, behavior: 'instant' })
  }, [key, scroller])

  useLayoutEffect(() => {
    const element = scroller.current
    const wanted = waiting.current ?? anchor.current
    if (!element || !wanted || rows.length === 0) return
    const places = new Map(items.map(({ id }, index) => [id, index]))
    const id = [wanted.id, ...below.current].find((one) => places.has(one))
    const row = id === undefined ? undefined : rows[rowOf(rows, places.get(id) ?? -1)]
    if (!row) return
    waiting.current = null
    anchor.current = { id: id ?? wanted.id, offset: wanted.offset }
    const top = row.top + wanted.offset
    if (Math.abs(element.scrollTop - top) > 1) element.scrollTo({ top, behavior: 'instant' })
  }, [rows, items, scroller])

  const remember = useCallback(() => {
    const element = scroller.current
    if (!element || waiting.current) return
    const row = rows[rowAt(rows, element.scrollTop)]
    const first = row && items[row.start]
    anchor.current =
      row && first && element.scrollTop > 0 ? { id: first.id, offset: element.scrollTop - row.top } : null
    below.current = row ? items.slice(row.start + 1, row.start + 40).map(({ id }) => id) : []
    clearTimeout(timer.current)
    timer.current = setTimeout(() => store(key, anchor.current), rememberMs)
  }, [items, key, rows, scroller])

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    // A hand on the wall counts more than where it was once.
    const letGo = () => {
      waiting.current = null
    }
    element.addEventListener('scroll', remember, { passive: true })
    element.addEventListener('wheel', letGo, { passive: true })
    element.addEventListener('touchstart', letGo, { passive: true })
    return () => {
      element.removeEventListener('scroll', remember)
      element.removeEventListener('wheel', letGo)
      element.removeEventListener('touchstart', letGo)
      clearTimeout(timer.current)
      store(key, waiting.current ?? anchor.current)
    }
  }, [key, remember, scroller])

  useEffect(() => {
    const keep = () => store(key, waiting.current ?? anchor.current)
    addEventListener('pagehide', keep)
    return () => removeEventListener('pagehide', keep)
  }, [key])
}
