import type { ClaimedJob } from '#shared/worker/schema.ts'
import { frameLimits } from '#shared/realtime/topics.ts'
import type { Remedy } from '#worker/core/failure-table.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { reportTimes } from '#worker/core/report-rule.ts'
import type { BackendAttempt, Emit } from './backend.ts'
import { createFrameStream, type FrameStream } from './frame-stream.ts'
import type { JobDeps } from './job-deps.ts'
import { JobStop, type StopKind } from './job-stop.ts'
import { createJobTrack, type JobTrack } from './job-track.ts'
import { deliverJob } from './deliver-job.ts'
import { startReporter, type Reporter } from './reporter.ts'
import { settle, type Settled } from './settle.ts'

/** How an attempt ended. */
export type JobEnd = 'succeeded' | Settled | 'revoked'

/** An attempt under way. */
export type RunningJob = {
  readonly id: string
  readonly epoch: number
  readonly modelKey: string
  /** Monotonic milliseconds of its start here. */
  readonly since: number
  readonly track: JobTrack
  /** False once what is left of it takes no GPU. */
  needsGpu: () => boolean
  stop: (kind: StopKind) => void
  /** See `Reporter`. */
  recheck: () => void
  readonly done: Promise<JobEnd>
}

export type StartOptions = {
  /** A former process of this box had it in hand. */
  resume: boolean
  /** Bounds how long a failure is still told to a server that is away. */
  shutdown: AbortSignal
  /** Stage, step, the GPU being free or the end: something that the loop may act on. */
  onChange: () => void
  /** What a failure asks of the box, said before anybody else hears of it: nothing is claimed meanwhile. */
  onRemedy: (remedy: Remedy) => void
  /** The engine is known to be sick: whatever fails now is not the job's fault. */
  isSick: () => boolean
}

/** The template that a job names, if this box has exactly that one. Throws `JobFailure`. */
function findTemplate(deps: JobDeps, job: ClaimedJob) {
  const template = deps.runnable.find(keyOf(job))
  if (!template) throw new JobFailure('template-unknown', `no template ${keyOf(job)} here`)
  if (template.hash !== job.spec.workflowHash) throw new JobFailure('template-version', 'template of another version')
  return template
}

const keyOf = ({ mode, variant }: ClaimedJob) => `${mode}/${variant}`

type Started = StartOptions & {
  job: ClaimedJob
  attempt: BackendAttempt
  track: JobTrack
  stop: AbortController
  report: Reporter
  fleet: { busy: boolean }
  gpu: { freed: boolean }
}

function emitOf({ track, gpu, onChange }: Started, frames: FrameStream): Emit {
  return {
    progress: track.move,
    preview(frame) {
      const { step, steps } = track.progress()
      frames.offer({ ...frame, step, steps })
    },
    freed() {
      gpu.freed = true
      onChange()
    },
  }
}

async function work(deps: JobDeps, started: Started): Promise<void> {
  const { job, attempt, track, fleet, stop, gpu, report } = started
  const { signal } = stop
  const ref = { job: job.id, epoch: job.epoch }
  const channel = deps.openFrames(ref)
  const frames = createFrameStream(channel.send, () =>
    fleet.busy ? frameLimits.busyIntervalMs : frameLimits.minIntervalMs,
  )
  try {
    const prepared = await attempt.prepare(findTemplate(deps, job), signal)
    const rendered = await prepared.run(emitOf(started, frames), signal)
    gpu.freed = true
    deps.pace.note(keyOf(job), rendered.gpuMs)
    track.move({ ...track.progress(), stage: 'saving', step: track.progress().steps })
    const { confirmed } = report
    await deliverJob(deps, { job, rendered, frames: frames.kept(), stageMs: track.stageMs, confirmed }, signal)
    await attempt.forget()
  } finally {
    frames.close()
    channel.close()
  }
}

function toCause(error: unknown): JobStop | JobFailure {
  if (error instanceof JobStop || error instanceof JobFailure) return error
  return new JobFailure('defect', error instanceof Error ? error.name : 'unknown', { cause: error })
}

async function end(deps: JobDeps, started: Started, error: unknown): Promise<JobEnd> {
  const { job, attempt, shutdown, stop, report } = started
  const found = toCause(stop.signal.aborted ? stop.signal.reason : error)
  const cause = found instanceof JobFailure && started.isSick() ? new JobStop('release', { cause: found }) : found
  // A beat after a release would say that the job runs here. A failure keeps its lease until it has been heard.
  if (cause instanceof JobStop || !cause.rule.burns) await report.close()
  if (cause instanceof JobFailure) started.onRemedy(cause.rule.remedy)
  const settled = await settle(deps, { job, attempt, shutdown }, cause)
  return cause instanceof JobStop && cause.kind === 'revoked' ? 'revoked' : settled
}

async function run(deps: JobDeps, started: Started): Promise<JobEnd> {
  const { job, attempt, resume, track, report, gpu, onChange } = started
  const ref = { job: job.id, epoch: job.epoch }
  const log = deps.log.child(ref)
  log.info({ mode: job.mode, variant: job.variant, resume }, 'attempt started')
  const outcome = await work(deps, started).then(
    () => 'succeeded' as const,
    (error: unknown) => end(deps, started, error),
  )
  gpu.freed = true
  await report.close()
  if (outcome !== 'kept') {
    // Nobody waits for it: the next job may begin meanwhile.
    void attempt.close()
    await deps.journal.remove(ref)
  }
  log.info({ outcome, stageMs: track.stageMs() }, 'attempt ended')
  onChange()
  return outcome
}

/** A box that cannot write (a full disk) hands the job back and works no more. */
async function enterJournal(deps: JobDeps, job: ClaimedJob): Promise<void> {
  try {
    await deps.journal.write(job)
  } catch (error) {
    await deps.control.release({ job: job.id, epoch: job.epoch }, AbortSignal.timeout(5_000)).catch(() => {})
    throw error
  }
}

/**
 * Runs one claimed image job from its inputs to its end; `done` says how it ended and never rejects. The journal entry
 * is written before anything else and removed when the end has been heard.
 */
export async function startImageJob(deps: JobDeps, job: ClaimedJob, options: StartOptions): Promise<RunningJob> {
  if (!options.resume) await enterJournal(deps, job)
  const stop = new AbortController()
  const gpu = { freed: false }
  const stopFor = (kind: StopKind) => {
    // Being delivered it can only be over because its own "complete" has just been heard: that answer says so itself.
    if (kind === 'over' && track.progress().stage === 'saving') return
    stop.abort(new JobStop(kind))
  }
  const steps = deps.runnable.find(keyOf(job))?.variant.steps ?? 0
  const track = createJobTrack({ steps, expectedMs: deps.pace.expect(keyOf(job)) }, (progress) => {
    report.update(progress)
    options.onChange()
  })
  const fleet = { busy: false }
  const report = startReporter(track.progress(), {
    send: (progress, signal) => deps.control.report({ job: job.id, epoch: job.epoch }, progress, signal),
    onStop: stopFor,
    onDrain: deps.onDrain,
    onBusy: (busy) => void (fleet.busy = busy),
    times: { ...reportTimes, beatMs: deps.times.beatMs },
    log: deps.log.child({ job: job.id, epoch: job.epoch }),
  })
  const attempt = deps.backend.open(job, { resume: options.resume })
  const done = run(deps, { ...options, job, attempt, track, stop, report, fleet, gpu })
  return {
    id: job.id,
    epoch: job.epoch,
    modelKey: job.modelKey,
    since: performance.now(),
    track,
    needsGpu: () => !gpu.freed,
    stop: stopFor,
    recheck: report.recheck,
    done,
  }
}
