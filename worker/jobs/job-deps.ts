import type { Logger } from 'pino'
import type { Template } from '#worker/core/bind-graph.ts'
import type { EngineState } from '#worker/comfy/engine-state.ts'
import type { ComfyHttp } from '#worker/comfy/http.ts'
import type { ComfySocket } from '#worker/comfy/socket.ts'
import type { ControlPlane } from '#worker/control/control-plane.ts'
import type { AttemptRef } from '#worker/control/report-progress.ts'
import type { FrameChannel } from '#worker/control/realtime.ts'
import type { WatchTimes } from '#worker/core/watch-rule.ts'
import type { Journal } from '#worker/journal.ts'

export type JobTimes = WatchTimes & {
  /** How long a finished image is offered to a server that does not answer. */
  deliverMs: number
  /** One PUT of one file. */
  putMs: number
}

/** What running a job needs from the process; one of it a worker. */
export type JobDeps = {
  control: ControlPlane
  http: ComfyHttp
  socket: ComfySocket
  engine: EngineState
  /** By `mode/variant`, with the hash that jobs name; only templates that this box can run. */
  templates: ReadonlyMap<string, Template & { hash: string }>
  openFrames: (attempt: AttemptRef) => FrameChannel
  journal: Journal
  /** Model keys that ComfyUI holds now. */
  warm: Set<string>
  standIn: boolean
  times: JobTimes
  onDrain: () => void
  log: Logger
}
