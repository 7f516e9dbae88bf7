import { useLayoutEffect, useState } from 'react'
import type { RefObject } from 'react'

/** Inner width of an element in whole CSS px, 0 until it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const observed = element.current
    if (!observed) return
    const read = () => setWidth(observed.clientWidth)
    read()
    const observer = new ResizeObserver(read)
    observer.observe(observed)
    return () => observer.disconnect()
  }, [element])
  return width
}
