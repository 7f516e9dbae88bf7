import { useEffect, useState } from 'react'

const lastsMs = 600

/** Runs from `from` to `to` once, whole numbers only; at once where motion is not wanted. */
export function useCountUp(from: number, to: number): number {
  const [shown, setShown] = useState(from)
  useEffect(() => {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    const begun = performance.now()
    let frame = requestAnimationFrame(function step(now) {
      const share = still ? 1 : Math.min(1, Math.max(0, (now - begun) / lastsMs))
      setShown(Math.round(from + (to - from) * share))
      if (share < 1) frame = requestAnimationFrame(step)
    })
    return () => cancelAnimationFrame(frame)
  }, [from, to])
  return shown
}
