import type { Logger } from 'pino'
import type { ControlPlane } from '#worker/control/control-plane.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import type { FrameChannel } from '#worker/control/realtime.ts'
import type { WatchTimes } from '#worker/core/watch-rule.ts'
import type { Journal } from '#worker/journal.ts'
import type { Backend } from './backend.ts'
import type { Pace } from './pace.ts'
import type { Runnable } from './runnable.ts'

export type JobTimes = WatchTimes & {
  /** How long a finished image is offered to a server that does not answer. */
  deliverMs: number
  /** One PUT of one file. */
  putMs: number
  /** Between two beats while nothing moves: a lease is 30 s, three may be lost before it ends. */
  beatMs: number
}

/** What running a job needs from the process; one of it a worker. */
export type JobDeps = {
  control: ControlPlane
  backend: Backend
  runnable: Runnable
  openFrames: (attempt: AttemptRef) => FrameChannel
  journal: Journal
  pace: Pace
  standIn: boolean
  times: JobTimes
  onDrain: () => void
  log: Logger
}
