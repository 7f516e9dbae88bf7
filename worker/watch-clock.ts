import { hasJumped, type Clocks } from './core/clock-jump.ts'

const everyMs = 1_000

const read = (): Clocks => ({ wall: Date.now(), monotonic: performance.now() })

/** Calls `onJump` after time has jumped (see `hasJumped`), until the returned function is called. */
export function watchClock(onJump: () => void): () => void {
  let before = read()
  const timer = setInterval(() => {
    const now = read()
    if (hasJumped(before, now, everyMs)) onJump()
    before = now
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
