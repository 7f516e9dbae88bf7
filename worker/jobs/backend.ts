import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import type { JobFailure } from '#worker/core/job-failure.ts'
import type { Progress } from '#worker/core/read-progress.ts'
import type { SmallFrame } from '#worker/images/encode-frame.ts'
import type { Picture, Raster } from '#worker/images/sharp.ts'
import type { JobStop } from './job-stop.ts'

/** What an attempt tells while it runs; each returns at once and never throws. */
export type Emit = {
  /** Stages only move on; `starting` lasts until the maker has begun with this very job. */
  progress: (progress: Progress) => void
  /** How the unfinished picture looks now; the newest one counts. */
  preview: (frame: SmallFrame) => void
  /** What follows takes no GPU: the next job may begin. Said once, by whoever can tell earlier than by answering. */
  freed: () => void
}

/** A picture that was fetched, decodes whole and is not one colour. */
export type Rendered = {
  picture: Picture
  /** The same, decoded: what is made smaller is made from it. */
  pixels: Raster
  width: number
  height: number
  /** Milliseconds that the maker spent on it, by its own clock. */
  gpuMs: number
  /** True when it was made smaller than the request asks, because the card has no room for more. */
  smaller: boolean
}

/** A job whose inputs are where the maker wants them: the only thing that can be run. */
export type Prepared = {
  /**
   * Makes the picture. Throws `JobFailure`, or the signal's reason; neither stops what was begun, `abandon` does. A
   * prompt that a former process began is taken up, never begun twice.
   */
  run: (emit: Emit, signal: AbortSignal) => Promise<Rendered>
}

/** One attempt as its backend sees it. */
export type BackendAttempt = {
  /** Fetches, scales, softens, uploads and binds: no GPU. Throws `JobFailure`, or the signal's reason. */
  prepare: (template: Template, signal: AbortSignal) => Promise<Prepared>
  /** Nobody wants the picture any more: what was begun is stopped, now or as soon as it can be. Never throws. */
  abandon: (cause: JobStop | JobFailure) => Promise<void>
  /** The picture is stored: the maker may forget that it ever made it. Never throws. */
  forget: () => Promise<void>
  /** Ends the attempt's use of the maker: its files go. After `abandon` or `forget`, never before. Never throws. */
  close: () => Promise<void>
}

/** `away`: does not answer · `busy`: still ends what was given up · `stuck`: has not for too long. */
export type Readiness = 'ready' | 'away' | 'busy' | 'stuck'

/** Who makes the pictures of this worker: a ComfyUI beside it, or a provider far away. One of it a process. */
export type Backend = {
  readonly name: 'comfyui' | 'replicate'
  /** Attempts that may be in it at once, running and waiting; the loop adds one that is being handed in. */
  readonly depth: number
  /** True where attempts run side by side, none behind another: every free place is claimed for at once. */
  readonly parallel: boolean
  /** Whether a further job may be claimed now. Waits a little for what is ending. */
  readiness: (signal: AbortSignal) => Promise<Readiness>
  /** Model keys that it holds now. */
  warm: () => string[]
  /** `resume`: an earlier process of this box may already have begun it. */
  open: (job: ClaimedJob, options: { resume: boolean }) => BackendAttempt
  /** Until everything that `close` began has ended. */
  settled: () => Promise<void>
}
