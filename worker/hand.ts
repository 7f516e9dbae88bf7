import {
  claimKind,
  overdueAhead,
  runningIndex,
  type ClaimKind,
  type GpuJob,
  type Places,
} from '#worker/core/claim-rule.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import type { StopKind } from '#worker/jobs/job-stop.ts'
import type { RunningJob } from '#worker/jobs/run-image-job.ts'

/** The attempts of this process: at most one running, one ahead and one that is being handed in. */
export type Hand = {
  add: (job: RunningJob) => void
  remove: (job: RunningJob) => void
  find: (attempt: AttemptRef) => RunningJob | undefined
  all: () => RunningJob[]
  /** Which claim is due now. */
  due: () => ClaimKind
  /** Models that will be in memory when a job that is claimed now begins. */
  warmAfter: (warm: readonly string[]) => string[]
  /** Those that wait for the GPU behind another. */
  ahead: () => RunningJob[]
  /** Those that wait behind one whose end is not in sight. */
  overdue: () => RunningJob[]
  stopAll: (kind: StopKind) => void
}

function asGpuJob(job: RunningJob): GpuJob {
  const begun = job.track.progress().stage !== 'starting'
  return { begun, remainingMs: job.track.remainingMs(), heldMs: performance.now() - job.since }
}

export function createHand(places: Places): Hand {
  const jobs = new Set<RunningJob>()
  const onGpu = () => [...jobs].filter((job) => job.needsGpu())
  return {
    add: (job) => void jobs.add(job),
    remove: (job) => void jobs.delete(job),
    find: (attempt) => [...jobs].find(({ id, epoch }) => id === attempt.job && epoch === attempt.epoch),
    all: () => [...jobs],
    due: () => claimKind({ inHand: jobs.size, gpu: onGpu().map(asGpuJob) }, places),
    warmAfter(warm) {
      const last = onGpu().at(-1)
      return last === undefined ? [...warm] : [last.modelKey]
    },
    ahead() {
      const gpu = places.parallel ? [] : onGpu()
      const running = runningIndex(gpu.map(asGpuJob))
      return gpu.filter((_, at) => at !== running)
    },
    overdue() {
      const gpu = places.parallel ? [] : onGpu()
      return overdueAhead(gpu.map(asGpuJob)).flatMap((at) => gpu[at] ?? [])
    },
    stopAll(kind) {
      for (const job of jobs) job.stop(kind)
    },
  }
}
