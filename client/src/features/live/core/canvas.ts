import { canCancel, isOver } from '#shared/jobs/rules.ts'
import type { FailureCode, WaitReason } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'

type Size = { width: number; height: number }

/** What the bench and a press in flight are doing, before there is a job. */
export type BenchPhase =
  | { kind: 'empty' }
  | { kind: 'preparing'; from: Size | null; to: Size | null }
  | { kind: 'ready' }
  | { kind: 'uploading'; share: number }
  | { kind: 'creating' }

/** What the state line under the image says. One at a time, always exactly one. */
export type CanvasState =
  | { kind: 'idle' }
  | { kind: 'looking' }
  | { kind: 'preparing'; from: Size | null; to: Size | null }
  | { kind: 'ready' }
  | { kind: 'uploading'; share: number }
  | { kind: 'creating' }
  | { kind: 'queued'; ahead: number | null; etaMs: number | null; waitsFor?: WaitReason }
  | { kind: 'no-worker' }
  | { kind: 'starting'; loading: boolean; etaMs: number | null }
  | { kind: 'running'; step: number; steps: number; etaMs: number | null; cancelable: boolean }
  | { kind: 'saving' }
  | { kind: 'stopping' }
  | { kind: 'opening' }
  | { kind: 'done'; tookMs: number | null }
  | { kind: 'failed'; step: number; code: FailureCode }
  | { kind: 'canceled'; step: number }

export type CanvasInput = {
  bench: BenchPhase
  /** Job in the address bar: its row, `'looking'` while it is fetched, null when there is none. */
  job: JobView | 'looking' | null
  step: number
  /** When it should be done, ms since 1970; null while unknown. */
  dueAt: number | null
  now: number
  stopping: boolean
  /** True once the final picture has been decoded and can be painted. */
  finalReady: boolean
}

/** An estimate worth saying: one that has run out says nothing rather than something false. */
function remaining(dueAt: number | null, now: number): number | null {
  return dueAt === null || dueAt - now < 500 ? null : dueAt - now
}

function tookMs(job: JobView): number | null {
  return job.finishedAt === null ? null : Date.parse(job.finishedAt) - Date.parse(job.startedAt ?? job.createdAt)
}

function runningState(job: JobView, input: CanvasInput): CanvasState {
  const etaMs = remaining(input.dueAt, input.now)
  switch (job.stage) {
    case 'waiting':
    case 'starting':
      return { kind: 'starting', loading: false, etaMs }
    case 'loading':
      return { kind: 'starting', loading: true, etaMs }
    case 'sampling': {
      const cancelable = canCancel({ status: job.status, step: input.step, steps: job.steps })
      return { kind: 'running', step: input.step, steps: job.steps, etaMs, cancelable }
    }
    case 'decoding':
    case 'saving':
      return { kind: 'saving' }
  }
}

function jobState(job: JobView, input: CanvasInput): CanvasState {
  if (input.stopping && !isOver(job.status)) return { kind: 'stopping' }
  switch (job.status) {
    case 'queued':
      // Said before anything else: no worker and no turn would change it.
      if (job.waitsFor && job.waitsFor !== 'no_worker')
        return { kind: 'queued', ahead: null, etaMs: null, waitsFor: job.waitsFor }
      return job.queue?.workersOnline === 0
        ? { kind: 'no-worker' }
        : { kind: 'queued', ahead: job.queue?.ahead ?? null, etaMs: remaining(input.dueAt, input.now) }
    case 'running':
      return runningState(job, input)
    case 'succeeded':
      return input.finalReady ? { kind: 'done', tookMs: tookMs(job) } : { kind: 'opening' }
    case 'failed':
      return { kind: 'failed', step: job.step, code: job.errorCode ?? 'INTERNAL' }
    case 'canceled':
      return { kind: 'canceled', step: job.step }
  }
}

/** The state of the canvas from everything known. A press in flight outranks a job that is being looked at. */
export function canvasState(input: CanvasInput): CanvasState {
  const { bench, job } = input
  if (bench.kind === 'preparing' || bench.kind === 'uploading' || bench.kind === 'creating') return bench
  if (job === 'looking') return { kind: 'looking' }
  if (job !== null) return jobState(job, input)
  return bench.kind === 'empty' ? { kind: 'idle' } : { kind: 'ready' }
}
