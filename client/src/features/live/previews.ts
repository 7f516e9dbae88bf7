import type { LiveSocket } from './engine.ts'

type Attempt = { job: string; epoch: number }

/** On a slow line one preview comes, and none for this long: more would wait in line before the news of the end, ms. */
const rest = 3_000
/** Previews this many steps behind what the row said a moment ago come over a line that does not keep up. */
const behind = 4

/** Which attempt's previews are joined, and when they are left alone for a while. */
export type Previews = {
  /** Another socket, or none. */
  attach: (socket: LiveSocket | null) => void
  /** The attempt on the canvas; null leaves. */
  watch: (attempt: Attempt | null) => void
  /** A preview of the watched attempt came, `rowStep` being the step of its row by now. */
  arrived: (step: number, rowStep: number) => void
}

/**
 * Joins the previews of one attempt. The worker sends up to four a second whatever the line carries, and they come in
 * order with everything else: where they do not keep up, they are taken one at a time with rests between.
 */
export function createPreviews(isSlow: () => boolean): Previews {
  let socket: LiveSocket | null = null
  let wanted: Attempt | null = null
  let late = false
  let resting: ReturnType<typeof setTimeout> | undefined

  function apply(): void {
    socket?.watch(resting === undefined ? wanted : null)
  }
  function wakeUp(): void {
    clearTimeout(resting)
    resting = undefined
  }
  return {
    attach(next) {
      socket = next
      apply()
    },
    watch(attempt) {
      if (attempt?.job !== wanted?.job || attempt?.epoch !== wanted?.epoch) wakeUp()
      wanted = attempt
      apply()
    },
    arrived(step, rowStep) {
      late ||= rowStep - step >= behind
      if (resting !== undefined || wanted === null || !(late || isSlow())) return
      resting = setTimeout(() => {
        wakeUp()
        apply()
      }, rest)
      apply()
    },
  }
}
