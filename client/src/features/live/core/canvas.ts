import { canCancel, isOver } from '#shared/jobs/rules.ts'
import type { FailureCode, WaitReason } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'

type Size = { width: number; height: number }

/**
 * How long it may still take, ms: half of them are done after `etaMs`, nine of ten after `p90Ms`; null while unknown or
 * once it has run out. `late`: even the longer one has.
 */
export type Wait = { etaMs: number | null; p90Ms: number | null; late: boolean }

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
  | { kind: 'queued'; ahead: number | null; wait: Wait; waitsFor?: WaitReason; warm?: boolean; fallback?: boolean }
  /** `startingMs`: until a box that was asked for is up; null when none is coming. */
  | { kind: 'no-worker'; startingMs: number | null }
  | { kind: 'starting'; loading: boolean; wait: Wait }
  | { kind: 'running'; step: number; steps: number; wait: Wait; cancelable: boolean }
  | { kind: 'saving' }
  | { kind: 'stopping' }
  | { kind: 'opening' }
  | { kind: 'done'; tookMs: number | null }
  | { kind: 'failed'; step: number; code: FailureCode }
  | { kind: 'canceled'; step: number }
  | { kind: 'deleted' }

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
function waitOf({ job, dueAt, now }: { job: JobView; dueAt: number | null; now: number }): Wait {
  if (dueAt === null) return { etaMs: null, p90Ms: null, late: false }
  const left = (until: number) => (until - now < 500 ? null : until - now)
  const { etaMs = null, p90Ms = null } = job.queue ?? {}
  const spread = etaMs === null || p90Ms === null ? null : p90Ms - etaMs
  const longest = spread === null ? null : left(dueAt + spread)
  return { etaMs: left(dueAt), p90Ms: longest, late: spread !== null && longest === null }
}

function tookMs(job: JobView): number | null {
  return job.finishedAt === null ? null : Date.parse(job.finishedAt) - Date.parse(job.startedAt ?? job.createdAt)
}

function runningState(job: JobView, input: CanvasInput): CanvasState {
  const wait = waitOf({ ...input, job })
  switch (job.stage) {
    case 'waiting':
    case 'starting':
      return { kind: 'starting', loading: false, wait }
    case 'loading':
      return { kind: 'starting', loading: true, wait }
    case 'sampling': {
      const cancelable = canCancel({ status: job.status, step: input.step, steps: job.steps })
      return { kind: 'running', step: input.step, steps: job.steps, wait, cancelable }
    }
    case 'decoding':
    case 'saving':
      return { kind: 'saving' }
  }
}

function queuedState(job: JobView, input: CanvasInput): CanvasState {
  const { queue, waitsFor } = job
  // Said before anything else: no worker and no turn would change it.
  if (waitsFor && waitsFor !== 'no_worker') {
    return { kind: 'queued', ahead: null, wait: { etaMs: null, p90Ms: null, late: false }, waitsFor }
  }
  if (waitsFor === 'no_worker' || (queue?.workersOnline === 0 && !queue.fallback)) {
    return { kind: 'no-worker', startingMs: queue?.startingMs ?? null }
  }
  const about = queue ? { fallback: queue.fallback, ...(queue.warm === null ? {} : { warm: queue.warm }) } : {}
  return { kind: 'queued', ahead: queue?.ahead ?? null, wait: waitOf({ ...input, job }), ...about }
}

function jobState(job: JobView, input: CanvasInput): CanvasState {
  if (job.deleted) return { kind: 'deleted' }
  if (input.stopping && !isOver(job.status)) return { kind: 'stopping' }
  switch (job.status) {
    case 'queued':
      return queuedState(job, input)
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
