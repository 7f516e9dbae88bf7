import { useEffect, useState } from 'react'

/** The time, renewed every `everyMs`; stands still while the page is hidden or `active` is false. */
export function useNow(everyMs: number, active = true): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!active) return
    setNow(Date.now())
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setNow(Date.now())
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs, active])
  return now
}
