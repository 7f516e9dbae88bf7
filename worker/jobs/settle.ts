import type { ClaimedJob } from '#shared/worker/schema.ts'
import { ForgeError } from '#shared/errors.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { promptIdOf } from '#worker/core/prompt-id.ts'
import type { JobDeps } from './job-deps.ts'
import { JobStop } from './job-stop.ts'
import { persist } from './persist.ts'

/** `kept`: nobody heard, so the journal stays and the next process of this box takes it up again. */
export type Settled = 'failed' | 'dropped' | 'released' | 'kept'

/** A release is tried for this long: the process has ten seconds to end in. */
const releaseMs = 1_500

/** After a time-out ComfyUI has had its time: it must end soon or it is stuck. Otherwise a load may still have to end. */
const timedOutMs = 30_000

/** Tells ComfyUI to stop; that it has is found out before the next claim, and its entry forgotten then. */
async function interrupt(deps: JobDeps, job: ClaimedJob, patienceMs = deps.times.loadMs): Promise<void> {
  const promptId = promptIdOf({ job: job.id, epoch: job.epoch })
  await deps.http.cancel(promptId, AbortSignal.timeout(3_000)).catch(() => false)
  deps.engine.leftovers.add(promptId, patienceMs)
}

async function release(deps: JobDeps, job: ClaimedJob): Promise<Settled> {
  const signal = AbortSignal.timeout(releaseMs)
  try {
    await deps.control.release({ job: job.id, epoch: job.epoch }, signal)
  } catch (error) {
    const isOver = error instanceof ForgeError && (error.code === 'JOB_OVER' || error.code === 'EPOCH_STALE')
    // Not heard: ComfyUI goes on, and whoever starts here next finds the journal and attaches.
    if (!isOver) return 'kept'
  }
  await interrupt(deps, job)
  await deps.engine.leftovers.check(AbortSignal.timeout(releaseMs)).catch(() => {})
  return 'released'
}

/** ComfyUI unloads its models by itself when memory runs out; its caches only when told to. */
async function freeMemory(deps: JobDeps): Promise<void> {
  deps.warm.clear()
  deps.engine.freed = await deps.http.free(AbortSignal.timeout(3_000)).then(
    () => true,
    () => false,
  )
}

async function fail(deps: JobDeps, job: ClaimedJob, failure: JobFailure, signal: AbortSignal): Promise<Settled> {
  const { code, retry, message: detail } = failure
  const log = deps.log.child({ job: job.id, epoch: job.epoch })
  log.warn({ code, retry, detail, err: failure.cause }, 'attempt failed')
  await interrupt(deps, job, code === 'STAGE_TIMEOUT' ? Math.min(timedOutMs, deps.times.loadMs) : undefined)
  if (code === 'OUT_OF_MEMORY') await freeMemory(deps)
  try {
    await persist(() => deps.control.fail({ job: job.id, epoch: job.epoch, code, retry, detail }, signal), {
      log,
      what: 'fail',
      limitMs: deps.times.deliverMs,
      signal,
    })
    return 'failed'
  } catch (error) {
    if (error instanceof JobStop && error.kind !== 'revoked') return 'dropped'
    log.error({ err: error }, 'failure not heard')
    return 'kept'
  }
}

/**
 * Ends an attempt that brought no image because of `cause`: tells the server what it has to know and stops ComfyUI when
 * nobody wants the image any more. A failure is told until it is heard, or `shutdown` aborts.
 */
export async function settle(deps: JobDeps, job: ClaimedJob, cause: unknown, shutdown: AbortSignal): Promise<Settled> {
  if (cause instanceof JobStop && cause.kind === 'release') return release(deps, job)
  if (cause instanceof JobStop) {
    await interrupt(deps, job)
    return 'dropped'
  }
  const failure =
    cause instanceof JobFailure
      ? cause
      : new JobFailure('INTERNAL', true, cause instanceof Error ? cause.name : 'unknown', { cause })
  return fail(deps, job, failure, shutdown)
}
