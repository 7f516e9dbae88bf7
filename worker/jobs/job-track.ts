import type { Progress } from '#worker/core/read-progress.ts'
import { remainingMs } from '#worker/core/remaining.ts'
import { createStageClock, type StageMs } from '#worker/core/stage-clock.ts'

/** Where one attempt stands: told by the phases, read by the reporter, the frames, the loop and the shutdown. */
export type JobTrack = {
  progress: () => Progress
  /** Stages only move on; `saving` is entered by the worker itself, with the bar where the backend left it. */
  move: (progress: Progress) => void
  stageMs: () => StageMs
  /** Milliseconds until it is likely over; Infinity while nothing is known. */
  remainingMs: () => number
}

/** `expectedMs`: what the last picture of the same template took on the card, when there was one. */
export function createJobTrack(
  first: { steps: number; expectedMs: number | undefined },
  onMove: (progress: Progress) => void,
): JobTrack {
  const clock = createStageClock('starting', performance.now())
  let progress: Progress = { stage: 'starting', step: 0, steps: first.steps, progress: 0 }
  return {
    progress: () => progress,
    move(next) {
      progress = next
      clock.enter(next.stage, performance.now())
      onMove(next)
    },
    stageMs: () => clock.read(performance.now()),
    remainingMs: () => remainingMs(progress, clock.read(performance.now()), first.expectedMs),
  }
}
