import type { Logger } from 'pino'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { reactTo } from '#worker/core/decide.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import type { JobDeps } from '#worker/jobs/job-deps.ts'
import { startImageJob, type JobOutcome, type RunningJob } from '#worker/jobs/run-image-job.ts'
import { createBell } from '#worker/wait.ts'

export type LoopOptions = { pollMs: number; graceMs: number; log: Logger }

const lastClaimMs = 2_000

/** One box's work: at most one job at a time, claimed when the bell rings and every `pollMs` anyway. */
export type WorkLoop = {
  wake: () => void
  /** A `cancel` heard on the channel; the next beat would say the same. */
  cancel: (attempt: AttemptRef) => void
  /** Claim nothing more; `ended` settles after the job in hand. */
  drain: () => void
  /** Why it ended; `revoked` is an error of the operator's making. */
  readonly ended: Promise<'drained' | 'stopped' | 'revoked'>
}

/**
 * Starts by taking up what the journal holds. When `stop` aborts nothing more is claimed; a job that is likely done
 * within `graceMs` may finish, another is handed back at once without burning its attempt.
 */
export function startLoop(deps: Omit<JobDeps, 'onDrain'>, options: LoopOptions, stop: AbortSignal): WorkLoop {
  const { log } = options
  const bell = createBell()
  const draining = new AbortController()
  const noMore = AbortSignal.any([stop, draining.signal])
  /** Aborts when the grace of a stopping process is over: nobody waits for an absent server then. */
  const overdue = new AbortController()
  /** Later than `noMore`: a claim that the server has already made would burn an attempt if its answer were not heard. */
  const unanswered = new AbortController()
  noMore.addEventListener('abort', () => setTimeout(() => unanswered.abort(), lastClaimMs).unref(), { once: true })
  let current: RunningJob | undefined
  const jobDeps: JobDeps = { ...deps, onDrain: () => draining.abort() }

  function handBack(): void {
    const job = current
    if (job && job.track.remainingMs() > options.graceMs) job.stop('release')
    setTimeout(() => {
      current?.stop('release')
      overdue.abort()
    }, options.graceMs).unref()
  }
  stop.addEventListener('abort', handBack, { once: true })

  async function runJob(job: ClaimedJob, resume: boolean): Promise<JobOutcome> {
    current = await startImageJob(jobDeps, job, { resume, shutdown: overdue.signal })
    if (stop.aborted) handBack()
    try {
      return await current.done
    } finally {
      current = undefined
    }
  }

  async function claim(failures: number): Promise<ClaimedJob | null | 'revoked' | 'away'> {
    try {
      const job = await deps.control.claim([...deps.warm], unanswered.signal)
      if (!job || !noMore.aborted) return job
      await deps.control.release({ job: job.id, epoch: job.epoch }, unanswered.signal)
      return null
    } catch (error) {
      if (noMore.aborted) return null
      if (reactTo(error) === 'stop') return 'revoked'
      if (failures % 20 === 0) log.warn({ err: error }, 'no answer to a claim')
      return 'away'
    }
  }

  async function resume(): Promise<boolean> {
    for (const job of await deps.journal.list()) {
      if (stop.aborted) return false
      if ((await runJob(job, true)) === 'revoked') return true
    }
    return false
  }

  async function loop(): Promise<'drained' | 'stopped' | 'revoked'> {
    if (await resume()) return 'revoked'
    for (let failures = 0; !noMore.aborted;) {
      const job = await claim(failures)
      if (job === 'revoked') return job
      failures = job === 'away' ? failures + 1 : 0
      if (job && job !== 'away') {
        if ((await runJob(job, false)) === 'revoked') return 'revoked'
        continue
      }
      const pause = { baseMs: options.pollMs, capMs: options.pollMs * 8 }
      const ms = failures > 0 ? backoffMs(failures, pause, Math.random()) : options.pollMs * (0.9 + 0.2 * Math.random())
      await bell.wait(ms, noMore).catch(() => {})
    }
    return stop.aborted ? 'stopped' : 'drained'
  }

  return {
    wake: bell.ring,
    cancel({ job, epoch }) {
      if (current?.id === job && current.epoch === epoch) current.stop('over')
    },
    drain: () => draining.abort(),
    ended: loop(),
  }
}
