/** Longest a tap of several fingers may last, ms, and furthest a finger may move meanwhile, CSS px. */
const tap = { lasts: 350, moves: 14 } as const

type Finger = { x: number; y: number }

/** Tells a tap of two or three fingers from a pinch: fed with every touch, answers how many fingers tapped, else 0. */
export type Taps = {
  down: (id: number, at: Finger, now: number) => void
  move: (id: number, at: Finger) => void
  up: (id: number, now: number) => 0 | 2 | 3
  cancel: () => void
}

export function createTaps(): Taps {
  const starts = new Map<number, Finger>()
  const open = new Set<number>()
  let since = 0
  let still = true

  function reset(): void {
    starts.clear()
    open.clear()
    still = true
  }
  return {
    down(id, at, now) {
      if (open.size === 0) {
        reset()
        since = now
      }
      open.add(id)
      starts.set(id, at)
    },
    move(id, at) {
      const start = starts.get(id)
      if (start && Math.hypot(at.x - start.x, at.y - start.y) > tap.moves) still = false
    },
    up(id, now) {
      open.delete(id)
      if (open.size > 0) return 0
      const fingers = starts.size
      const meant = still && now - since <= tap.lasts
      reset()
      return meant && (fingers === 2 || fingers === 3) ? fingers : 0
    },
    cancel: reset,
  }
}
