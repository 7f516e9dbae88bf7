import { useEffect, useState } from 'react'

/** The time, renewed every `everyMs`; stands still while the page is hidden or `active` is false. */
export function useNow(everyMs: number, active = true): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!active) return
    const tell = () => setNow(Date.now())
    const first = setTimeout(tell, 0)
    const timer = setInterval(() => document.visibilityState === 'visible' && tell(), everyMs)
    return () => {
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [everyMs, active])
  return now
}
