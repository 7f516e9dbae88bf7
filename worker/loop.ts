import type { Logger } from 'pino'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { reactTo } from '#worker/core/decide.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import type { JobDeps } from '#worker/jobs/job-deps.ts'
import { startImageJob, type JobOutcome, type RunningJob } from '#worker/jobs/run-image-job.ts'
import { createBell, type Bell } from '#worker/wait.ts'

export type LoopOptions = { pollMs: number; graceMs: number; log: Logger }
/** `stuck`: ComfyUI has to be restarted. */
export type LoopEnd = 'drained' | 'stopped' | 'revoked' | 'stuck'

/** One box's work: at most one job at a time, claimed when the bell rings and every `pollMs` anyway. */
export type WorkLoop = {
  wake: () => void
  /** A `cancel` heard on the channel; the next beat would say the same. */
  cancel: (attempt: AttemptRef) => void
  /** Claim nothing more; `ended` settles after the job in hand. */
  drain: () => void
  /** Why it ended; `revoked` is an error of the operator's making. */
  readonly ended: Promise<LoopEnd>
}

type Loop = {
  deps: JobDeps
  options: LoopOptions
  bell: Bell
  stop: AbortSignal
  /** Aborts when nothing more is to be claimed: stopping or draining. */
  noMore: AbortSignal
  /** Aborts when the grace of a stopping process is over: nobody waits for an absent server then. */
  overdue: AbortController
  current: RunningJob | undefined
}

/** A claim that the server has already made would burn an attempt if its answer were not heard. */
const lastClaimMs = 2_000
const engineCheckMs = 2_000

/** A job likely done within the grace may finish; another is handed back at once without burning its attempt. */
function handBack(loop: Loop): void {
  const { graceMs } = loop.options
  const job = loop.current
  if (job && job.track.remainingMs() > graceMs) job.stop('release')
  setTimeout(() => {
    loop.current?.stop('release')
    loop.overdue.abort()
  }, graceMs).unref()
}

async function runJob(loop: Loop, job: ClaimedJob, resume: boolean): Promise<JobOutcome> {
  loop.current = await startImageJob(loop.deps, job, { resume, shutdown: loop.overdue.signal })
  if (loop.stop.aborted) handBack(loop)
  try {
    return await loop.current.done
  } finally {
    loop.current = undefined
  }
}

/** A box whose ComfyUI is away claims nothing: another one may be free. An open socket is proof enough. */
async function isEngineUp({ deps }: Loop): Promise<boolean> {
  if (deps.socket.isOpen()) return true
  return deps.http.stats(AbortSignal.timeout(engineCheckMs)).then(
    () => true,
    () => false,
  )
}

async function claim(loop: Loop, failures: number): Promise<ClaimedJob | null | 'revoked' | 'stuck' | 'away'> {
  const { deps, noMore, options } = loop
  const unanswered = new AbortController()
  const giveUp = () => setTimeout(() => unanswered.abort(), lastClaimMs).unref()
  noMore.addEventListener('abort', giveUp, { once: true })
  try {
    if (!(await isEngineUp(loop))) throw new Error('ComfyUI is away')
    const leftovers = await deps.engine.leftovers.check(unanswered.signal)
    if (leftovers === 'stuck') return 'stuck'
    if (leftovers === 'busy') throw new Error('ComfyUI still runs what was given up')
    const job = await deps.control.claim([...deps.warm], unanswered.signal)
    if (!job || !noMore.aborted) return job
    await deps.control.release({ job: job.id, epoch: job.epoch }, unanswered.signal)
    return null
  } catch (error) {
    if (noMore.aborted) return null
    if (reactTo(error) === 'stop') return 'revoked'
    if (failures % 20 === 0) options.log.warn({ err: error }, 'cannot claim')
    return 'away'
  } finally {
    noMore.removeEventListener('abort', giveUp)
  }
}

function pauseMs(pollMs: number, failures: number): number {
  if (failures === 0) return pollMs * (0.9 + 0.2 * Math.random())
  return backoffMs(failures, { baseMs: pollMs, capMs: pollMs * 8 }, Math.random())
}

async function run(loop: Loop): Promise<LoopEnd> {
  const { deps, noMore, options } = loop
  for (const job of await deps.journal.list()) {
    if (loop.stop.aborted) return 'stopped'
    if ((await runJob(loop, job, true)) === 'revoked') return 'revoked'
  }
  for (let failures = 0; !noMore.aborted;) {
    const job = await claim(loop, failures)
    if (job === 'revoked' || job === 'stuck') return job
    failures = job === 'away' ? failures + 1 : 0
    if (job && job !== 'away') {
      if ((await runJob(loop, job, false)) === 'revoked') return 'revoked'
    } else if (!noMore.aborted) {
      await loop.bell.wait(pauseMs(options.pollMs, failures), noMore).catch(() => {})
    }
  }
  return loop.stop.aborted ? 'stopped' : 'drained'
}

/** What the last job left in ComfyUI is still being removed when there is no next one. */
async function runToEnd(loop: Loop): Promise<LoopEnd> {
  try {
    return await run(loop)
  } finally {
    await loop.deps.engine.scratch.settled()
  }
}

/**
 * Starts by taking up what the journal holds, then claims until `stop` aborts, the box is drained or its key is revoked.
 * A job in hand when `stop` aborts has `graceMs` to finish in.
 */
export function startLoop(deps: Omit<JobDeps, 'onDrain'>, options: LoopOptions, stop: AbortSignal): WorkLoop {
  const draining = new AbortController()
  const drain = () => draining.abort()
  const loop: Loop = {
    deps: { ...deps, onDrain: drain },
    options,
    bell: createBell(),
    stop,
    noMore: AbortSignal.any([stop, draining.signal]),
    overdue: new AbortController(),
    current: undefined,
  }
  stop.addEventListener('abort', () => handBack(loop), { once: true })
  return {
    wake: loop.bell.ring,
    cancel({ job, epoch }) {
      if (loop.current?.id === job && loop.current.epoch === epoch) loop.current.stop('over')
    },
    drain,
    ended: runToEnd(loop),
  }
}
