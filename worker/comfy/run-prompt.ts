import { classifyExecutionError } from '#worker/core/decide.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { promptOf, type ComfyMessage, type ExecutionError, type ImageRef } from '#worker/core/messages.ts'
import type { PreviewFrame } from '#worker/core/binary-frame.ts'
import { readProgress, type Progress, type ProgressState } from '#worker/core/read-progress.ts'
import { watchdog, type WatchTimes } from '#worker/core/watch-rule.ts'
import type { Graph } from '#shared/workflows/graph.ts'
import { createBell, wait, type Bell } from '#worker/wait.ts'
import type { ComfyJob } from './answers.ts'
import { imagesByNode, type ComfyHttp } from './http.ts'
import type { ComfySocket } from './socket.ts'
import type { Pulse } from './pulse.ts'
import { submitPrompt } from './submit-prompt.ts'
import { isUnreachable } from './when-reachable.ts'

export type PromptRun = {
  http: ComfyHttp
  socket: ComfySocket
  promptId: string
  /** What to post; null attaches to a prompt that an earlier process has posted. */
  graph: Graph | null
  /** Node whose images are the result. */
  output: string
  start: ProgressState
  times: WatchTimes
  pulse: Pulse
  onProgress: (progress: Progress) => void
  onPreview: (frame: PreviewFrame) => void
}

/** `lost`: ComfyUI does not know the prompt (any more): it restarted, or nobody had posted it. */
export type PromptOutcome =
  | {
      kind: 'done'
      image: ImageRef
      gpuMs: number
      /** ComfyUI's own clock, milliseconds. */ ranAt: { start: number; end: number }
    }
  | { kind: 'lost' }

type Hints = {
  state: ProgressState
  changedAt: number
  longestGapMs: number
  reconnects: number
  /** The socket says that it ended: ask HTTP now. */
  ended: boolean
  error: ExecutionError | undefined
}

function takeHint(run: PromptRun, hints: Hints, bell: Bell, message: ComfyMessage): void {
  if (promptOf(message) !== run.promptId) return
  hints.reconnects = 0
  if (message.type === 'execution_error') hints.error = message.data
  const isEnd = message.type === 'executing' && message.data.node === null
  if (isEnd || message.type === 'execution_success') {
    hints.ended = true
    bell.ring()
  }
  const next = readProgress(hints.state, message)
  if (next === hints.state) return
  const now = performance.now()
  if (next.stage === hints.state.stage) hints.longestGapMs = Math.max(hints.longestGapMs, now - hints.changedAt)
  hints.state = next
  hints.changedAt = now
  const { stage, step, steps, progress } = next
  run.onProgress({ stage, step, steps, progress })
}

async function findImage(run: PromptRun, job: ComfyJob, signal: AbortSignal): Promise<ImageRef> {
  const deadline = performance.now() + run.times.lagMs
  for (let outputs = imagesByNode(job.outputs); ;) {
    const image = outputs[run.output]?.[0]
    if (image) return image
    if (performance.now() > deadline) throw new JobFailure('output-none', 'ComfyUI completed without an image')
    await wait(Math.min(200, run.times.lagMs), signal)
    outputs = (await run.http.history(run.promptId, signal).catch(() => null)) ?? {}
  }
}

async function finish(run: PromptRun, hints: Hints, job: ComfyJob, signal: AbortSignal): Promise<PromptOutcome> {
  if (job.status === 'completed') {
    const ranAt = { start: job.execution_start_time ?? 0, end: job.execution_end_time ?? 0 }
    const gpuMs = Math.max(0, ranAt.end - ranAt.start)
    return { kind: 'done', image: await findImage(run, job, signal), gpuMs, ranAt }
  }
  if (job.status === 'cancelled') throw new JobFailure('engine-interrupted', 'interrupted by somebody else')
  const error = job.execution_error ?? hints.error
  if (!error) throw new JobFailure('engine-error', 'failed without saying why')
  throw classifyExecutionError(error)
}

/** Its prompt thread may have died: then it answers, says that the prompt runs, and does nothing for ever. */
async function watchPulse({ pulse, times }: PromptRun, hints: Hints): Promise<void> {
  const silentMs = performance.now() - hints.changedAt
  const restingMs = (await pulse.restingMs()) ?? 0
  if (Math.min(silentMs, restingMs) > times.restMs) {
    throw new JobFailure('engine-dead', `ComfyUI does nothing while ${hints.state.stage}`)
  }
}

function watchSocket(run: PromptRun, hints: Hints): void {
  const { stage } = hints.state
  const verdict = watchdog(
    {
      stage,
      now: performance.now(),
      changedAt: hints.changedAt,
      heardAt: run.socket.lastHeardAt(),
      openedAt: run.socket.lastOpenedAt(),
      longestGapMs: hints.longestGapMs,
      reconnects: hints.reconnects,
    },
    run.times,
  )
  if (verdict === 'timeout') throw new JobFailure('stage-hung', `nothing new while ${stage}`)
  if (verdict === 'reconnect') {
    hints.reconnects += 1
    run.socket.reconnect()
  }
}

/** Asks until ComfyUI says that the prompt is over. Absence from a queue is never taken for success. */
async function watch(run: PromptRun, hints: Hints, bell: Bell, signal: AbortSignal): Promise<PromptOutcome> {
  const postedAt = performance.now()
  let answeredAt = postedAt
  let absences = 0
  for (;;) {
    const job = await run.http.job(run.promptId, signal).catch((error: unknown) => {
      if (!isUnreachable(error) || performance.now() - answeredAt > run.times.awayMs) throw error
      return undefined
    })
    if (job !== undefined) answeredAt = performance.now()
    if (job === null) {
      absences += 1
      // One 404 may fall between ComfyUI's queue and its history.
      if (absences >= 2) return { kind: 'lost' }
    } else if (job) {
      absences = 0
      if (job.status !== 'pending' && job.status !== 'in_progress') return finish(run, hints, job, signal)
      // Behind another one its own time has not begun; but nothing waits in there for ever.
      const waits = job.status === 'pending' && performance.now() - postedAt < run.times.loadMs
      if (waits) hints.changedAt = performance.now()
      else watchSocket(run, hints)
      if (!waits) await watchPulse(run, hints)
    }
    await bell.wait(absences > 0 || hints.ended ? Math.min(100, run.times.pollMs) : run.times.pollMs, signal)
  }
}

/**
 * Runs one prompt to its end: posts it (or attaches), listens to the socket for progress and previews, and believes
 * only `GET /api/jobs/{id}`. Failures are `JobFailure`; an abort throws the signal's reason. Neither cancels the prompt:
 * that is the caller's to decide, who knows whether anybody may still want it.
 */
export async function runPrompt(run: PromptRun, signal: AbortSignal): Promise<PromptOutcome> {
  const now = performance.now()
  const hints: Hints = {
    state: run.start,
    changedAt: now,
    longestGapMs: 0,
    reconnects: 0,
    ended: false,
    error: undefined,
  }
  const bell = createBell()
  // Before the POST: ComfyUI may start, and end, before it has answered.
  const unlisten = run.socket.listen({
    onMessage: (message) => takeHint(run, hints, bell, message),
    onPreview: (frame) => {
      // A frame without a name can only be of the prompt that runs.
      const isOurs = frame.promptId ?? (hints.state.stage === 'starting' || hints.ended ? undefined : run.promptId)
      if (isOurs === run.promptId) run.onPreview(frame)
    },
  })
  try {
    if (run.graph) {
      const { promptId, graph, socket, times } = run
      await submitPrompt(run.http, { promptId, graph, clientId: socket.clientId }, times.awayMs, signal)
      hints.changedAt = performance.now()
    }
    return await watch(run, hints, bell, signal)
  } finally {
    unlisten()
  }
}
