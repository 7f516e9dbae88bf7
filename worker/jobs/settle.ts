import type { ClaimedJob } from '#shared/worker/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import type { JobFailure } from '#worker/core/job-failure.ts'
import type { BackendAttempt } from './backend.ts'
import type { JobDeps } from './job-deps.ts'
import { JobStop } from './job-stop.ts'
import { persist } from './persist.ts'

/** `kept`: nobody heard, so the journal stays and the next process of this box takes it up again. */
export type Settled = 'failed' | 'dropped' | 'released' | 'kept'

export type Settlement = {
  job: ClaimedJob
  attempt: BackendAttempt
  /** Ends the patience with a server that is away. */
  shutdown: AbortSignal
}

/** A release is tried for this long: the process has ten seconds to end in. */
const releaseMs = 1_500

/** The process is going away, or makes room: the job goes back with all its attempts. */
async function release(deps: JobDeps, { job, attempt }: Settlement, cause: JobStop): Promise<Settled> {
  try {
    await deps.control.release({ job: job.id, epoch: job.epoch }, AbortSignal.timeout(releaseMs))
  } catch (error) {
    const isOver = error instanceof ForgeError && (error.code === 'JOB_OVER' || error.code === 'EPOCH_STALE')
    // Not heard: what was begun goes on, and whoever starts here next finds the journal and attaches.
    if (!isOver) return 'kept'
  }
  await attempt.abandon(cause)
  await deps.backend.readiness(AbortSignal.timeout(releaseMs)).catch(() => {})
  return 'released'
}

type Telling = { what: string; tell: (signal: AbortSignal) => Promise<void>; heard: Settled }

/** Tells the end of an attempt until it is heard. */
async function tellEnd(deps: JobDeps, { job, shutdown }: Settlement, { what, tell, heard }: Telling): Promise<Settled> {
  const log = deps.log.child({ job: job.id, epoch: job.epoch })
  try {
    await persist(() => tell(shutdown), { log, what, limitMs: deps.times.deliverMs, signal: shutdown })
    return heard
  } catch (error) {
    if (error instanceof JobStop && error.kind !== 'revoked') return 'dropped'
    log.error({ err: error, what }, 'end not heard')
    return 'kept'
  }
}

/** It was the box and not the job: as `release`, but the process goes on and has time to be heard. */
async function handBack(deps: JobDeps, settlement: Settlement, failure: JobFailure): Promise<Settled> {
  const { job, attempt } = settlement
  await attempt.abandon(failure)
  const tell = (signal: AbortSignal) => deps.control.release({ job: job.id, epoch: job.epoch }, signal)
  return tellEnd(deps, settlement, { what: 'release', tell, heard: 'released' })
}

async function fail(deps: JobDeps, settlement: Settlement, failure: JobFailure): Promise<Settled> {
  const { job, attempt } = settlement
  const { code, retry, message: detail } = failure
  await attempt.abandon(failure)
  const tell = (signal: AbortSignal) =>
    deps.control.fail({ job: job.id, epoch: job.epoch, code, retry, detail }, signal)
  return tellEnd(deps, settlement, { what: 'fail', tell, heard: 'failed' })
}

/**
 * Ends an attempt that brought no image because of `cause`: tells the server what it has to know and stops the backend
 * when nobody wants the image any more. A failure is told until it is heard, or `shutdown` aborts; one that is the box's
 * and not the job's hands the job back instead.
 */
export async function settle(deps: JobDeps, settlement: Settlement, cause: JobStop | JobFailure): Promise<Settled> {
  if (cause instanceof JobStop && cause.kind === 'release') return release(deps, settlement, cause)
  if (cause instanceof JobStop) {
    await settlement.attempt.abandon(cause)
    return 'dropped'
  }
  const { job } = settlement
  const { code, fault, rule, message: detail } = cause
  deps.log.warn(
    { job: job.id, epoch: job.epoch, code, fault, retry: rule.retry, remedy: rule.remedy, detail, err: cause.cause },
    'attempt failed',
  )
  if (rule.remedy === 'strike-template') await deps.runnable.strike(`${job.mode}/${job.variant}`, detail)
  return rule.burns ? fail(deps, settlement, cause) : handBack(deps, settlement, cause)
}
