import type { JobStage } from '#shared/jobs/rules.ts'

/** Milliseconds spent in each stage; stages that were not entered are absent. */
export type StageMs = Partial<Record<JobStage, number>>

/** Sums the time between changes of stage. Times come from the caller's monotonic clock. */
export type StageClock = { enter: (stage: JobStage, now: number) => void; read: (now: number) => StageMs }

export function createStageClock(first: JobStage, start: number): StageClock {
  const spent: StageMs = {}
  let current = first
  let since = start

  function add(now: number): void {
    spent[current] = (spent[current] ?? 0) + Math.max(0, now - since)
    since = now
  }

  return {
    enter(stage, now) {
      if (stage === current) return
      add(now)
      current = stage
    },
    read(now) {
      add(now)
      return { ...spent }
    },
  }
}
