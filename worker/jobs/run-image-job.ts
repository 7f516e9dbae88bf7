import type { ClaimedJob } from '#shared/worker/schema.ts'
import { frameLimits } from '#shared/realtime/topics.ts'
import type { ScratchFolder } from '#worker/comfy/scratch.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { promptIdOf } from '#worker/core/prompt-id.ts'
import { createFrameStream } from './frame-stream.ts'
import type { JobDeps } from './job-deps.ts'
import { JobStop, type StopKind } from './job-stop.ts'
import { createJobTrack, type JobTrack } from './job-track.ts'
import { deliverJob } from './deliver-job.ts'
import { renderJob } from './render-job.ts'
import { startReporter, type Reporter } from './reporter.ts'
import { settle, type Settled } from './settle.ts'

export type JobOutcome = 'succeeded' | Settled | 'revoked'

/** An attempt under way. */
export type RunningJob = {
  readonly id: string
  readonly epoch: number
  readonly track: JobTrack
  stop: (kind: StopKind) => void
  readonly done: Promise<JobOutcome>
}

/** The template that a job names, if this box has exactly that one. Throws `JobFailure`. */
function findTemplate(deps: JobDeps, job: ClaimedJob) {
  const template = deps.templates.get(`${job.mode}/${job.variant}`)
  if (!template) throw new JobFailure('MODEL_MISSING', true, `no template ${job.mode}/${job.variant} here`)
  // In the middle of a deployment another box may already carry it.
  if (template.hash !== job.spec.workflowHash)
    throw new JobFailure('GRAPH_INVALID', true, 'template of another version')
  return template
}

type Started = {
  job: ClaimedJob
  resume: boolean
  shutdown: AbortSignal
  track: JobTrack
  stop: AbortController
  report: Reporter
  folder: ScratchFolder
  fleet: { busy: boolean }
}

async function work(deps: JobDeps, started: Started): Promise<void> {
  const { job, resume, track, folder, fleet, stop } = started
  const { signal } = stop
  const attempt = { job: job.id, epoch: job.epoch }
  const channel = deps.openFrames(attempt)
  const frames = createFrameStream(channel.send, () =>
    fleet.busy ? frameLimits.busyIntervalMs : frameLimits.minIntervalMs,
  )
  try {
    const template = findTemplate(deps, job)
    const rendered = await renderJob(deps, { job, template, resume, track, frames, folder }, signal)
    track.move({ ...track.progress(), stage: 'saving', step: track.progress().steps })
    await deliverJob(deps, { job, rendered, frames: frames.kept(), stageMs: track.stageMs }, signal)
    await deps.http.forget(promptIdOf(attempt), AbortSignal.timeout(3_000)).catch(() => {})
  } finally {
    frames.close()
    channel.close()
  }
}

async function end(deps: JobDeps, started: Started, error: unknown): Promise<JobOutcome> {
  const { job, shutdown, stop, report } = started
  const reason: unknown = stop.signal.aborted ? stop.signal.reason : error
  // A beat after a release would say that the job runs here. A failure keeps its lease until it has been heard.
  if (reason instanceof JobStop) await report.close()
  const settled = await settle(deps, job, reason, shutdown)
  return reason instanceof JobStop && reason.kind === 'revoked' ? 'revoked' : settled
}

async function run(deps: JobDeps, started: Started): Promise<JobOutcome> {
  const { job, resume, track, report } = started
  const attempt = { job: job.id, epoch: job.epoch }
  const log = deps.log.child(attempt)
  log.info({ mode: job.mode, variant: job.variant, resume }, 'attempt started')
  const outcome = await work(deps, started).then(
    () => 'succeeded' as const,
    (error: unknown) => end(deps, started, error),
  )
  await report.close()
  if (outcome !== 'kept') {
    // Nobody waits for it: the next job may begin meanwhile.
    void started.folder.clear()
    await deps.journal.remove(attempt)
  }
  log.info({ outcome, stageMs: track.stageMs() }, 'attempt ended')
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
 * Runs one claimed image job from its inputs to its end; `done` says how it ended. The journal entry is written before
 * anything else and removed when the end has been heard. `shutdown` bounds how long a failure is still told to a server
 * that is away.
 */
export async function startImageJob(
  deps: JobDeps,
  job: ClaimedJob,
  options: { resume: boolean; shutdown: AbortSignal },
): Promise<RunningJob> {
  if (!options.resume) await enterJournal(deps, job)
  const stop = new AbortController()
  const stopFor = (kind: StopKind) => {
    // Being delivered it can only be over because its own "complete" has just been heard: that answer says so itself.
    if (kind === 'over' && track.progress().stage === 'saving') return
    stop.abort(new JobStop(kind))
  }
  const steps = deps.templates.get(`${job.mode}/${job.variant}`)?.variant.steps ?? 0
  const track = createJobTrack(steps, (progress) => report.update(progress))
  const fleet = { busy: false }
  const report = startReporter(track.progress(), {
    send: (progress, signal) => deps.control.report({ job: job.id, epoch: job.epoch }, progress, signal),
    onStop: stopFor,
    onDrain: deps.onDrain,
    onBusy: (busy) => void (fleet.busy = busy),
    log: deps.log.child({ job: job.id, epoch: job.epoch }),
  })
  const done = run(deps, { job, ...options, track, stop, report, fleet, folder: deps.engine.scratch.open() })
  return { id: job.id, epoch: job.epoch, track, stop: stopFor, done }
}
