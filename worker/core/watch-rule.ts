import type { JobStage } from '#shared/jobs/rules.ts'

/** Milliseconds; a stage's limit is separate from the lease: a live worker may sit beside a stuck engine. */
export type WatchTimes = {
  /** Between two questions to ComfyUI about the prompt. */
  pollMs: number
  /** Nothing new while models load: a 24 GB file from a slow disk. */
  loadMs: number
  /** Nothing new once steps have begun, or while decoding. */
  stepMs: number
  /** Neither news nor any work of ComfyUI's process: nothing loads so quietly. */
  restMs: number
  /** Silence of the socket, in mid-job, after which it is suspected. */
  muteMs: number
  /** ComfyUI not answering at all. */
  awayMs: number
  /** Between "completed" and its outputs being listed. */
  lagMs: number
}

export const watchTimes: WatchTimes = {
  pollMs: 1_000,
  loadMs: 600_000,
  stepMs: 120_000,
  restMs: 60_000,
  muteMs: 5_000,
  awayMs: 180_000,
  lagMs: 5_000,
}

/** What is known about a prompt that ComfyUI says is not over; times in monotonic milliseconds. */
export type Watch = {
  stage: JobStage
  now: number
  /** Last time stage or step moved. */
  changedAt: number
  /** Last frame of any kind on the socket, and last time it was opened; 0 = never. */
  heardAt: number
  openedAt: number
  /** Longest wait between two changes so far. */
  longestGapMs: number
  /** Reconnects since something was last heard about this prompt. */
  reconnects: number
}

/** Silence that is normal in a stage: loading says nothing for minutes, sampling speaks every step. */
function muteLimit(watch: Watch, times: WatchTimes): number {
  const usual = watch.stage === 'loading' ? times.muteMs * 6 : Math.max(times.muteMs, watch.longestGapMs * 3)
  return usual * 2 ** Math.min(watch.reconnects, 5)
}

/**
 * `reconnect`: HTTP says that it runs while the socket says nothing, which ComfyUI's known faults look like (a socket
 * orphaned by a reconnect, a stalled publish loop) · `timeout`: the engine is stuck. A socket that has just come back is
 * given the stage's time again, but never more than `loadMs` in all.
 */
export function watchdog(watch: Watch, times: WatchTimes): 'fine' | 'reconnect' | 'timeout' {
  const limit = watch.stage === 'starting' || watch.stage === 'loading' ? times.loadMs : times.stepMs
  const idle = watch.now - watch.changedAt
  if (idle > times.loadMs) return 'timeout'
  if (watch.now - Math.max(watch.changedAt, watch.openedAt) > limit) return 'timeout'
  const silentSince = Math.max(watch.heardAt, watch.openedAt, watch.changedAt)
  return watch.now - silentSince > muteLimit(watch, times) ? 'reconnect' : 'fine'
}
