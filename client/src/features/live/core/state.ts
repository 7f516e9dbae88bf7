import { isNewer, isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { JobMessage } from '#shared/realtime/schema.ts'

/** The newest preview seen of a job; anything older, or of another attempt, is dropped. */
export type FrameCursor = { epoch: number; seq: number; step: number }

/** All that the browser holds about jobs. The rows are the server's; messages only move them forward. */
export type LiveState = {
  jobs: Readonly<Record<string, JobView>>
  frames: Readonly<Record<string, FrameCursor>>
  /** When each job should be done, in ms since 1970, from the last estimate; absent while unknown. */
  dueAt: Readonly<Record<string, number>>
  /** Last moment that the server or the socket said anything, ms since 1970. */
  heardAt: number
  /** True once the list of recent jobs has arrived. */
  listed: boolean
  /** Ids that this user has no job of. */
  absent: readonly string[]
}

export type LiveEvent =
  | { type: 'rows'; jobs: readonly JobView[]; now: number; listed?: boolean }
  | { type: 'message'; message: JobMessage; now: number }
  | { type: 'frame'; job: string; cursor: FrameCursor; now: number }
  | { type: 'absent'; id: string }
  | { type: 'owner-changed' }
  | { type: 'cleared' }

export const emptyLive: LiveState = { jobs: {}, frames: {}, dueAt: {}, heardAt: 0, listed: false, absent: [] }

/**
 * Signed addresses stay as they were, so that pictures do not reload, until new ones live this much longer: those have
 * half an hour or more. No clock of this device is asked, it may be off by days. Milliseconds.
 */
const urlYounger = 25 * 60_000

function keepUrls<T extends JobView['outputs'][number]>(held: readonly T[], incoming: readonly T[]): T[] {
  return incoming.map((asset) => {
    const before = held.find((one) => one.id === asset.id)
    return before && Date.parse(asset.urlExpiresAt) - Date.parse(before.urlExpiresAt) < urlYounger
      ? { ...asset, url: before.url, urlExpiresAt: before.urlExpiresAt }
      : asset
  })
}

/**
 * Whether a fetched row replaces the held one. Equal versions do (they refresh queue and addresses); an older one
 * never, nor one that would bring a finished job back to life.
 */
export function acceptsRow(held: JobView | undefined, incoming: JobView): boolean {
  if (!held) return true
  if (isOver(held.status) && !isOver(incoming.status)) return false
  return isNewer(held, incoming) || incoming.version === held.version
}

function withRow(state: LiveState, row: JobView, now: number): LiveState {
  const held = state.jobs[row.id]
  if (!acceptsRow(held, row)) return state
  const inputAssets = keepUrls(
    held?.inputs.map((one) => one.asset) ?? [],
    row.inputs.map((one) => one.asset),
  )
  const job = {
    ...row,
    inputs: row.inputs.map((input, index) => ({ ...input, asset: inputAssets[index] ?? input.asset })),
    outputs: keepUrls(held?.outputs ?? [], row.outputs),
  }
  const { [row.id]: _due, ...otherDue } = state.dueAt
  const eta = row.queue?.etaMs ?? null
  const dueAt = eta === null || isOver(row.status) ? otherDue : { ...otherDue, [row.id]: now + eta }
  return { ...state, jobs: { ...state.jobs, [row.id]: job }, dueAt }
}

function withMessage(state: LiveState, message: JobMessage): LiveState {
  const held = state.jobs[message.id]
  if (!held || isOver(held.status) || !isNewer(held, message)) return state
  const job: JobView = {
    ...held,
    version: message.version,
    epoch: message.epoch,
    status: message.status,
    stage: message.stage,
    step: message.step,
    steps: message.steps,
    progress: message.progress,
    errorCode: message.error_code,
  }
  return { ...state, jobs: { ...state.jobs, [held.id]: job } }
}

/** Whether a preview may be shown: of the current attempt, newer than the last, and the job still running. */
export function acceptsFrame(state: LiveState, jobId: string, cursor: FrameCursor): boolean {
  const job = state.jobs[jobId]
  if (!job || job.status !== 'running' || job.epoch !== cursor.epoch) return false
  const last = state.frames[jobId]
  return !last || last.epoch !== cursor.epoch || cursor.seq > last.seq
}

/** The whole of what can happen to the held jobs. Pure; out-of-order and repeated events are no-ops. */
export function reduceLive(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'rows': {
      const merged = event.jobs.reduce((next, row) => withRow(next, row, event.now), state)
      const absent = merged.absent.filter((id) => !merged.jobs[id])
      return { ...merged, heardAt: event.now, absent, listed: merged.listed || event.listed === true }
    }
    case 'message':
      return { ...withMessage(state, event.message), heardAt: event.now }
    case 'frame':
      if (!acceptsFrame(state, event.job, event.cursor)) return state
      return { ...state, heardAt: event.now, frames: { ...state.frames, [event.job]: event.cursor } }
    case 'absent':
      return state.jobs[event.id] ? state : { ...state, absent: [...state.absent, event.id] }
    case 'owner-changed':
      return { ...state, absent: [] }
    case 'cleared':
      return emptyLive
  }
}

/** True when a message tells of something only the row can answer: a job not held, or one that has just ended. */
export function needsRow(state: LiveState, message: JobMessage): boolean {
  const held = state.jobs[message.id]
  if (!held) return true
  return isNewer(held, message) && (isOver(message.status) || message.status !== held.status)
}

/** Steps done as far as row or preview knows; previews are finer than the row. */
export function shownStep(state: LiveState, job: JobView): number {
  const frame = state.frames[job.id]
  return frame && frame.epoch === job.epoch && job.status === 'running' ? Math.max(job.step, frame.step) : job.step
}

/** Held jobs, newest first; images of one press in their order. */
export function jobsNewestFirst(state: LiveState): JobView[] {
  return Object.values(state.jobs).sort(
    (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || b.ordinal - a.ordinal,
  )
}

export function openJobs(state: LiveState): JobView[] {
  return Object.values(state.jobs).filter((job) => !isOver(job.status))
}
